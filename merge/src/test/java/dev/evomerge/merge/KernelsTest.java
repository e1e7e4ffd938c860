package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector kernels against their scalar twins, bit for bit, on lengths that are no multiple of the vector. */
class KernelsTest {

    private static final int[] LENGTHS = {0, 1, 7, 15, 16, 17, 31, 63, 100, 1000, 1023, 1024};
    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();
    private final Random random = new Random(1);

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "F16", "BF16"})
    void readsAndWritesEveryBitPattern(DType dtype) {
        int count = 1 << 16;
        byte[] bytes = new byte[(count + 3) * dtype.bytes()];
        random.nextBytes(bytes);
        if (dtype.bytes() == 2) {
            for (int i = 0; i < count; i++) {
                bytes[2 * i + 2] = (byte) i;
                bytes[2 * i + 3] = (byte) (i >> 8);
            }
        }
        MemorySegment source = MemorySegment.ofArray(bytes);
        for (int at = 1; at + 1021 <= count; at += 1021) {
            float[] a = new float[1021];
            float[] b = new float[1021];
            int largest = scalar.load(dtype, source, at, a, a.length);
            assertThat(vector.load(dtype, source, at, b, b.length)).isEqualTo(largest);
            assertThat(bits(b)).isEqualTo(bits(a));
            byte[] written = new byte[1021 * dtype.bytes()];
            byte[] twin = new byte[1021 * dtype.bytes()];
            scalar.store(dtype, a, MemorySegment.ofArray(written), 0, a.length);
            vector.store(dtype, a, MemorySegment.ofArray(twin), 0, a.length);
            assertThat(twin).isEqualTo(written);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void roundsFloatsToTheNearestBfloat16(int lowBits) {
        float[] x = new float[1024];
        for (int i = 0; i < x.length; i++) {
            int low = new int[] {0x7FFF, 0x8000, 0x8001, random.nextInt(0x10000)}[lowBits];
            x[i] = Float.intBitsToFloat(random.nextInt() & 0xFFFF_0000 | low);
        }
        byte[] bytes = new byte[2048];
        vector.store(DType.BF16, x, MemorySegment.ofArray(bytes), 0, x.length);
        float[] back = new float[1024];
        scalar.load(DType.BF16, MemorySegment.ofArray(bytes), 0, back, back.length);
        for (int i = 0; i < x.length; i++) {
            if (Float.isNaN(x[i])) {
                assertThat(back[i]).isNaN();
                continue;
            }
            float below = Float.intBitsToFloat(Float.floatToRawIntBits(x[i]) & 0xFFFF_0000);
            float above = Float.intBitsToFloat((Float.floatToRawIntBits(x[i]) & 0xFFFF_0000) + 0x10000);
            double toBelow = Math.abs((double) x[i] - below);
            double toAbove = Float.isInfinite(above) ? Double.MAX_VALUE : Math.abs((double) above - x[i]);
            if (toBelow != toAbove && !Float.isInfinite(above)) {
                assertThat(back[i]).isEqualTo(toBelow < toAbove ? below : above);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "subtract",
                "add",
                "scale",
                "divide",
                "divideBy",
                "addScaled",
                "dropRandom",
                "keepAbove",
                "dropAbove",
                "keepAboveInclusive",
                "addAgreeing",
                "addAgreeingUnweighed",
                "scaleAndAdd",
                "loadDelta",
                "loadAndAdd",
                "addAbsolute",
                "addDrawn",
                "addAbove",
                "addAbsoluteDrawn",
                "elect",
                "electUnweighed",
                "storeOnto",
                "difference",
                "weightedSum",
                "partition"
            })
    void doesTheSame(String kernel) {
        for (int length : LENGTHS) {
            float[] x = values(length);
            float[] y = values(length);
            float[] z = values(length);
            assertThat(run(vector, kernel, x, y, z, length))
                    .as("%s of %d", kernel, length)
                    .isEqualTo(run(scalar, kernel, x, y, z, length));
        }
    }

    private int[] run(Kernels kernels, String kernel, float[] x, float[] y, float[] z, int n) {
        float[] a = x.clone();
        float[] b = z.clone();
        int[] between = new int[n + 64];
        int bits = n == 0 ? 0 : ScalarKernels.absoluteBits(x[n / 2]);
        Draws draws = Draws.of(3, "m", "t");
        long result = 0;
        switch (kernel) {
            case "subtract" -> kernels.subtract(a, y, n);
            case "add" -> kernels.add(a, y, n);
            case "scale" -> kernels.scale(a, 0.3f, n);
            case "divide" -> kernels.divide(a, 0.3f, n);
            case "divideBy" -> kernels.divideBy(a, y, n);
            case "addScaled" -> kernels.addScaled(a, y, -0.7f, n);
            case "dropRandom" -> kernels.dropRandom(a, draws, 3 * 65536 + 1024, Draws.limit(0.37), n);
            case "keepAbove" -> kernels.keepAbove(a, bits, n);
            case "keepAboveInclusive" -> kernels.keepAbove(a, bits - 1, n);
            case "dropAbove" -> kernels.dropAbove(a, bits - 1, n);
            case "addAgreeing" -> kernels.addAgreeing(y, 0.4f, x, a, b, n);
            case "addAgreeingUnweighed" -> kernels.addAgreeing(y, x, a, n);
            case "scaleAndAdd" -> kernels.scaleAndAdd(a, 0.7f, b, n);
            case "loadDelta" -> {
                byte[] bytes = new byte[2 * n];
                scalar.store(DType.BF16, y, MemorySegment.ofArray(bytes), 0, n);
                result = kernels.loadDelta(DType.BF16, MemorySegment.ofArray(bytes), 0, x, a, n);
            }
            case "loadAndAdd" -> {
                byte[] bytes = new byte[2 * n];
                scalar.store(DType.BF16, y, MemorySegment.ofArray(bytes), 0, n);
                result = kernels.loadAndAdd(DType.BF16, MemorySegment.ofArray(bytes), 0, 0.3f, a, n);
            }
            case "addAbsolute" -> {
                double[] sums = new double[Kernels.LANES];
                kernels.addAbsolute(x, sums, n);
                result = Arrays.hashCode(sums);
            }
            case "addDrawn" -> {
                var drawn = Draws.limit(0.37);
                result = kernels.addDrawn(DType.BF16, bfloat16(y), 0, x, draws, drawn, 2.7f, 0.3f, a, b, n);
            }
            case "addAbove" -> result = kernels.addAbove(DType.BF16, bfloat16(y), 0, x, bits, 0.3f, a, b, n);
            case "addAbsoluteDrawn" -> {
                double[][] sums = new double[2][Kernels.LANES];
                int drawn = Draws.limit(0.37);
                kernels.addAbsoluteDrawn(DType.BF16, bfloat16(y), 0, x, draws, drawn, a, sums[0], sums[1], n);
                Arrays.fill(a, 0); // scratch
                result = Arrays.deepHashCode(sums);
            }
            case "elect" -> kernels.elect(new float[][] {x, y, z}, new float[] {0.3f, 0.4f, 0.5f}, y, a, b, n);
            case "electUnweighed" -> kernels.elect(new float[][] {x, y, z}, new float[0], y, a, b, n);
            case "storeOnto" -> {
                MemorySegment target = bfloat16(x);
                kernels.storeOnto(DType.BF16, y, 0.7f, a, target, 0, n);
                scalar.load(DType.BF16, target, 0, a, n);
            }
            case "difference" -> result = kernels.difference(bfloat16(x), bfloat16(y), 0, a, new float[n], n);
            case "weightedSum" -> {
                MemorySegment target = bfloat16(x);
                MemorySegment[] sources = {bfloat16(x), bfloat16(y), bfloat16(z)};
                boolean finite = kernels.weightedSum(sources, new float[] {0.3f, 0.4f, 0.5f}, 1.2f, 0, target, n);
                assertThat(finite).isTrue();
                scalar.load(DType.BF16, target, 0, a, n);
            }
            case "partition" -> {
                result = kernels.partition(x, bits / 2, bits, between, n);
                Arrays.fill(between, (int) result, between.length, 0);
            }
            default -> throw new IllegalArgumentException(kernel);
        }
        int[] all = Arrays.copyOf(bits(a), 2 * n + between.length + 2);
        System.arraycopy(bits(b), 0, all, n, n);
        System.arraycopy(between, 0, all, 2 * n, between.length);
        all[all.length - 2] = (int) result;
        all[all.length - 1] = (int) (result >>> 32);
        return all;
    }

    /** Outside the heap, as tensors are. */
    private MemorySegment bfloat16(float[] x) {
        MemorySegment data = Arena.ofAuto().allocate(2L * x.length + 2, 64);
        scalar.store(DType.BF16, x, data, 0, x.length);
        return data;
    }

    @Test
    void seesWhatIsNotFiniteInASum() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int place : new int[] {0, 17, 98}) {
                float[] x = values(99);
                x[place] = value;
                MemorySegment[] sources = {bfloat16(values(99)), bfloat16(x)};
                for (Kernels kernels : new Kernels[] {scalar, vector}) {
                    assertThat(kernels.weightedSum(sources, new float[] {0.5f, 0}, 1, 0, bfloat16(new float[99]), 99))
                            .isFalse();
                }
            }
        }
    }

    private float[] values(int length) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = i % 11 == 0 ? (i % 2 == 0 ? 0f : -0f) : (float) random.nextGaussian();
        }
        return x;
    }

    private static int[] bits(float[] x) {
        int[] bits = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = Float.floatToRawIntBits(x[i]);
        }
        return bits;
    }
}
