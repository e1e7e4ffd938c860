package dev.evomerge.merge;

import static jdk.incubator.vector.VectorOperators.F2D;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.UGE;
import static jdk.incubator.vector.VectorOperators.XOR;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_S2I;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The kernels with the Vector API. What is left over at a block's end is done by the scalar twin. */
final class VectorKernels extends ScalarKernels {

    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> S =
            VectorSpecies.of(short.class, VectorShape.forBitSize(I.vectorBitSize() / 2));
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final int LANES = F.length();

    @Override
    public int load(DType dtype, MemorySegment source, long element, float[] target, int count) {
        return switch (dtype) {
            case BF16 -> loadBfloat16(source, element, target, count);
            case F32 -> loadFloat32(source, element, target, count);
            // The conversion itself is one instruction, which the compiler uses for the scalar loop.
            default -> load(dtype, source, element, target, 0, count);
        };
    }

    private static int loadBfloat16(MemorySegment source, long element, float[] target, int count) {
        int end = F.loopBound(count);
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < end; i += LANES) {
            var half = ShortVector.fromMemorySegment(S, source, (element + i) * 2, LITTLE);
            var bits = ((IntVector) half.convertShape(ZERO_EXTEND_S2I, I, 0)).lanewise(LSHL, 16);
            largest = largest.max(bits.and(0x7FFF_FFFF));
            bits.reinterpretAsFloats().intoArray(target, i);
        }
        return Math.max(largest.reduceLanes(MAX), load(DType.BF16, source, element, target, end, count));
    }

    private static int loadFloat32(MemorySegment source, long element, float[] target, int count) {
        int end = F.loopBound(count);
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < end; i += LANES) {
            var bits = IntVector.fromMemorySegment(I, source, (element + i) * 4, LITTLE);
            largest = largest.max(bits.and(0x7FFF_FFFF));
            bits.reinterpretAsFloats().intoArray(target, i);
        }
        return Math.max(largest.reduceLanes(MAX), load(DType.F32, source, element, target, end, count));
    }

    @Override
    public int loadDelta(DType dtype, MemorySegment source, long element, float[] base, float[] target, int count) {
        if (dtype != DType.BF16) {
            return super.loadDelta(dtype, source, element, base, target, count);
        }
        int end = F.loopBound(count);
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < end; i += LANES) {
            var half = ShortVector.fromMemorySegment(S, source, (element + i) * 2, LITTLE);
            var bits = ((IntVector) half.convertShape(ZERO_EXTEND_S2I, I, 0)).lanewise(LSHL, 16);
            largest = largest.max(bits.and(0x7FFF_FFFF));
            bits.reinterpretAsFloats().sub(FloatVector.fromArray(F, base, i)).intoArray(target, i);
        }
        int rest = load(DType.BF16, source, element, target, end, count);
        for (int i = end; i < count; i++) {
            target[i] -= base[i];
        }
        return Math.max(largest.reduceLanes(MAX), rest);
    }

    @Override
    public int loadAndAdd(DType dtype, MemorySegment source, long element, float factor, float[] sum, int count) {
        if (dtype != DType.BF16) {
            return super.loadAndAdd(dtype, source, element, factor, sum, count);
        }
        int end = F.loopBound(count);
        IntVector largest = IntVector.zero(I);
        var factors = FloatVector.broadcast(F, factor);
        for (int i = 0; i < end; i += LANES) {
            var half = ShortVector.fromMemorySegment(S, source, (element + i) * 2, LITTLE);
            var bits = ((IntVector) half.convertShape(ZERO_EXTEND_S2I, I, 0)).lanewise(LSHL, 16);
            largest = largest.max(bits.and(0x7FFF_FFFF));
            var total = FloatVector.fromArray(F, sum, i);
            bits.reinterpretAsFloats().lanewise(FMA, factors, total).intoArray(sum, i);
        }
        int rest = loadAndAdd(DType.BF16, source, element, factor, sum, end, count);
        return Math.max(largest.reduceLanes(MAX), rest);
    }

    @Override
    public boolean weightedSum(
            MemorySegment[] sources, float[] weights, float divisor, long element, MemorySegment target, int count) {
        if (!target.isNative() || !Arrays.stream(sources).allMatch(MemorySegment::isNative)) {
            return super.weightedSum(sources, weights, divisor, element, target, count);
        }
        long[] from = new long[sources.length];
        for (int k = 0; k < from.length; k++) {
            from[k] = Lanes.address(sources[k], element, count);
        }
        long to = Lanes.address(target, 0, count);
        int end = F.loopBound(count);
        boolean finite = true;
        for (int i = 0; i < end; i += BLOCK) {
            finite &= weightedSum(from, weights, divisor, to, i, Math.min(end, i + BLOCK));
        }
        return finite & weightedSum(sources, weights, divisor, element, target, end, count);
    }

    /** A block of it, by addresses: short enough to be compiled as a whole, not loop by loop while it runs. */
    private static boolean weightedSum(long[] from, float[] weights, float divisor, long to, int start, int end) {
        IntVector largest = IntVector.zero(I);
        for (int i = start; i < end; i += LANES) {
            var sum = Lanes.load(from[0] + i * 2L).mul(weights[0]);
            for (int k = 1; k < from.length; k++) {
                sum = Lanes.load(from[k] + i * 2L).lanewise(FMA, FloatVector.broadcast(F, weights[k]), sum);
            }
            largest = largest.max(Lanes.absoluteBits(sum));
            Lanes.store(sum.div(divisor), Lanes.MEMORY, to + i * 2L);
        }
        return largest.reduceLanes(MAX) < INFINITY_BITS;
    }

    @Override
    public void store(DType dtype, float[] source, MemorySegment target, long element, int count) {
        switch (dtype) {
            case BF16 -> storeBfloat16(source, target, element, count);
            case F32 -> MemorySegment.copy(source, 0, target, FLOAT, element * 4, count);
            default -> store(dtype, source, target, element, 0, count);
        }
    }

    private static void storeBfloat16(float[] source, MemorySegment target, long element, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            Lanes.store(FloatVector.fromArray(F, source, i), target, (element + i) * 2);
        }
        store(DType.BF16, source, target, element, end, count);
    }

    @Override
    public void subtract(float[] x, float[] y, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            FloatVector.fromArray(F, x, i).sub(FloatVector.fromArray(F, y, i)).intoArray(x, i);
        }
        for (int i = end; i < count; i++) {
            x[i] -= y[i];
        }
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            FloatVector.fromArray(F, x, i).add(FloatVector.fromArray(F, y, i)).intoArray(x, i);
        }
        for (int i = end; i < count; i++) {
            x[i] += y[i];
        }
    }

    @Override
    public void scale(float[] x, float factor, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            FloatVector.fromArray(F, x, i).mul(factor).intoArray(x, i);
        }
        for (int i = end; i < count; i++) {
            x[i] *= factor;
        }
    }

    @Override
    public void divide(float[] x, float divisor, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            FloatVector.fromArray(F, x, i).div(divisor).intoArray(x, i);
        }
        for (int i = end; i < count; i++) {
            x[i] /= divisor;
        }
    }

    @Override
    public void divideBy(float[] x, float[] divisor, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            var by = FloatVector.fromArray(F, divisor, i);
            by = by.blend(1f, by.eq(0f));
            FloatVector.fromArray(F, x, i).div(by).intoArray(x, i);
        }
        for (int i = end; i < count; i++) {
            x[i] /= divisor[i] == 0 ? 1 : divisor[i];
        }
    }

    @Override
    public void addScaled(float[] sum, float[] x, float factor, int count) {
        int end = F.loopBound(count);
        var factors = FloatVector.broadcast(F, factor);
        for (int i = 0; i < end; i += LANES) {
            var total = FloatVector.fromArray(F, sum, i);
            FloatVector.fromArray(F, x, i).lanewise(FMA, factors, total).intoArray(sum, i);
        }
        for (int i = end; i < count; i++) {
            sum[i] = Math.fma(factor, x[i], sum[i]);
        }
    }

    @Override
    public void scaleAndAdd(float[] x, float factor, float[] sum, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            var scaled = FloatVector.fromArray(F, x, i).mul(factor);
            scaled.intoArray(x, i);
            FloatVector.fromArray(F, sum, i).add(scaled).intoArray(sum, i);
        }
        for (int i = end; i < count; i++) {
            x[i] *= factor;
            sum[i] += x[i];
        }
    }

    @Override
    public void addAbsolute(float[] x, double[] sums, int count) {
        if (LANES != Kernels.LANES) {
            super.addAbsolute(x, sums, count);
            return;
        }
        int end = F.loopBound(count);
        var low = DoubleVector.fromArray(D, sums, 0);
        var high = DoubleVector.fromArray(D, sums, D.length());
        for (int i = 0; i < end; i += LANES) {
            var value = FloatVector.fromArray(F, x, i).abs();
            low = low.add((DoubleVector) value.convertShape(F2D, D, 0));
            high = high.add((DoubleVector) value.convertShape(F2D, D, 1));
        }
        low.intoArray(sums, 0);
        high.intoArray(sums, D.length());
        addAbsolute(x, sums, end, count);
    }

    @Override
    public void dropRandom(float[] x, Draws draws, long first, int limit, int count) {
        long spanKey = draws.spanKey(first);
        int place = (int) (first % Draws.SPAN);
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            FloatVector.fromArray(F, x, i)
                    .blend(0f, Lanes.dropped(spanKey, place + i, limit))
                    .intoArray(x, i);
        }
        dropRandom(x, spanKey, place, limit, end, count);
    }

    @Override
    public void keepAbove(float[] x, int bits, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            var value = FloatVector.fromArray(F, x, i);
            var dropped = value.reinterpretAsInts().and(0x7FFF_FFFF).compare(LE, bits);
            value.blend(0f, dropped.cast(F)).intoArray(x, i);
        }
        keepAbove(x, bits, end, count);
    }

    @Override
    public void dropAbove(float[] x, int bits, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            var value = FloatVector.fromArray(F, x, i);
            var dropped = value.reinterpretAsInts().and(0x7FFF_FFFF).compare(GT, bits);
            value.blend(0f, dropped.cast(F)).intoArray(x, i);
        }
        dropAbove(x, bits, end, count);
    }

    /**
     * What agrees is positive once the elected sign is taken off, and the rest becomes zero; then the sign comes back. As whole numbers, floats
     * that are not negative have the order of their values.
     */
    @Override
    public void addAgreeing(float[] x, float weight, float[] elected, float[] sum, float[] weights, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            var sign = Lanes.sign(elected, i);
            var value = FloatVector.fromArray(F, x, i)
                    .reinterpretAsInts()
                    .lanewise(XOR, sign)
                    .max(0);
            Lanes.addSigned(value, sign, sum, i);
            var weighed = FloatVector.fromArray(F, weights, i);
            var agrees = value.reinterpretAsFloats().compare(GT, 0f);
            weighed.blend(weighed.add(weight), agrees).intoArray(weights, i);
        }
        addAgreeing(x, weight, elected, sum, weights, end, count);
    }

    @Override
    public void addAgreeing(float[] x, float[] elected, float[] sum, int count) {
        int end = F.loopBound(count);
        for (int i = 0; i < end; i += LANES) {
            var sign = Lanes.sign(elected, i);
            var value = FloatVector.fromArray(F, x, i)
                    .reinterpretAsInts()
                    .lanewise(XOR, sign)
                    .max(0);
            Lanes.addSigned(value, sign, sum, i);
        }
        addAgreeing(x, elected, sum, end, count);
    }

    @Override
    public int addDrawn(
            DType dtype,
            MemorySegment source,
            long element,
            float[] base,
            Draws draws,
            int limit,
            float factor,
            float weight,
            float[] x,
            float[] sum,
            int count) {
        if (!Lanes.fit(dtype, source, count)) {
            return super.addDrawn(dtype, source, element, base, draws, limit, factor, weight, x, sum, count);
        }
        long spanKey = draws.spanKey(element);
        int place = (int) (element % Draws.SPAN);
        long address = Lanes.address(source, element, count);
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < count; i += LANES) {
            var value = Lanes.load(address + i * 2L);
            largest = largest.max(Lanes.absoluteBits(value));
            var delta = value.sub(FloatVector.fromArray(F, base, i));
            var weighed = delta.blend(0f, Lanes.dropped(spanKey, place + i, limit))
                    .mul(factor)
                    .mul(weight);
            weighed.intoArray(x, i);
            FloatVector.fromArray(F, sum, i).add(weighed).intoArray(sum, i);
        }
        return largest.reduceLanes(MAX);
    }

    @Override
    public int addAbove(
            DType dtype,
            MemorySegment source,
            long element,
            float[] base,
            int bits,
            float weight,
            float[] x,
            float[] sum,
            int count) {
        if (!Lanes.fit(dtype, source, count)) {
            return super.addAbove(dtype, source, element, base, bits, weight, x, sum, count);
        }
        long address = Lanes.address(source, element, count);
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < count; i += LANES) {
            var value = Lanes.load(address + i * 2L);
            largest = largest.max(Lanes.absoluteBits(value));
            var delta = value.sub(FloatVector.fromArray(F, base, i));
            var dropped = Lanes.absoluteBits(delta).compare(LE, bits).cast(F);
            var weighed = delta.blend(0f, dropped).mul(weight);
            weighed.intoArray(x, i);
            FloatVector.fromArray(F, sum, i).add(weighed).intoArray(sum, i);
        }
        return largest.reduceLanes(MAX);
    }

    @Override
    public int addAbsoluteDrawn(
            DType dtype,
            MemorySegment source,
            long element,
            float[] base,
            Draws draws,
            int limit,
            float[] x,
            double[] before,
            double[] after,
            int count) {
        if (!Lanes.fit(dtype, source, count) || LANES != Kernels.LANES) {
            return super.addAbsoluteDrawn(dtype, source, element, base, draws, limit, x, before, after, count);
        }
        long spanKey = draws.spanKey(element);
        int place = (int) (element % Draws.SPAN);
        long address = Lanes.address(source, element, count);
        IntVector largest = IntVector.zero(I);
        var beforeLow = DoubleVector.fromArray(D, before, 0);
        var beforeHigh = DoubleVector.fromArray(D, before, D.length());
        var afterLow = DoubleVector.fromArray(D, after, 0);
        var afterHigh = DoubleVector.fromArray(D, after, D.length());
        for (int i = 0; i < count; i += LANES) {
            var value = Lanes.load(address + i * 2L);
            largest = largest.max(Lanes.absoluteBits(value));
            var delta = value.sub(FloatVector.fromArray(F, base, i)).abs();
            beforeLow = beforeLow.add((DoubleVector) delta.convertShape(F2D, D, 0));
            beforeHigh = beforeHigh.add((DoubleVector) delta.convertShape(F2D, D, 1));
            var kept = delta.blend(0f, Lanes.dropped(spanKey, place + i, limit));
            afterLow = afterLow.add((DoubleVector) kept.convertShape(F2D, D, 0));
            afterHigh = afterHigh.add((DoubleVector) kept.convertShape(F2D, D, 1));
        }
        beforeLow.intoArray(before, 0);
        beforeHigh.intoArray(before, D.length());
        afterLow.intoArray(after, 0);
        afterHigh.intoArray(after, D.length());
        return largest.reduceLanes(MAX);
    }

    @Override
    public void storeOnto(
            DType dtype, float[] base, float factor, float[] x, MemorySegment target, long element, int count) {
        if (!Lanes.fit(dtype, target, count)) {
            super.storeOnto(dtype, base, factor, x, target, element, count);
            return;
        }
        long address = Lanes.address(target, element, count);
        for (int i = 0; i < count; i += LANES) {
            var value = FloatVector.fromArray(F, x, i).mul(factor).add(FloatVector.fromArray(F, base, i));
            Lanes.store(value, Lanes.MEMORY, address + i * 2L);
        }
    }

    @Override
    public int difference(
            MemorySegment source, MemorySegment base, long element, float[] target, float[] scratch, int count) {
        if (!Lanes.fit(DType.BF16, source, count) || !Lanes.fit(DType.BF16, base, count)) {
            return super.difference(source, base, element, target, scratch, count);
        }
        long from = Lanes.address(source, element, count);
        long minus = Lanes.address(base, element, count);
        IntVector largest = IntVector.zero(I);
        for (int i = 0; i < count; i += LANES) {
            var delta = Lanes.load(from + i * 2L).sub(Lanes.load(minus + i * 2L));
            largest = largest.max(Lanes.absoluteBits(delta));
            delta.intoArray(target, i);
        }
        return largest.reduceLanes(MAX);
    }

    @Override
    public long partition(float[] x, int low, int high, int[] between, int count) {
        int end = F.loopBound(count);
        int above = 0;
        int written = 0;
        for (int i = 0; i < end; i += LANES) {
            var bits = FloatVector.fromArray(F, x, i).reinterpretAsInts().and(0x7FFF_FFFF);
            VectorMask<Integer> over = bits.compare(GT, high);
            VectorMask<Integer> inside = bits.compare(GE, low).andNot(over);
            above += over.trueCount();
            bits.compress(inside).intoArray(between, written);
            written += inside.trueCount();
        }
        return ((long) above << 32) + partition(x, low, high, between, written, end, count);
    }

    /** Steps that kernels share. */
    private static final class Lanes {

        /**
         * All memory: a constant, so that no access is checked. The kernels check each segment once; who calls them keeps it alive.
         */
        private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

        private static final IntVector PLACES = IntVector.zero(I).addIndex(1);

        /** Whether a block can be read or written by address, in whole vectors. */
        static boolean fit(DType dtype, MemorySegment data, int count) {
            return dtype == DType.BF16 && data.isNative() && count % LANES == 0;
        }

        /** Where 16-bit elements lie, after a check that they are there. */
        static long address(MemorySegment data, long element, int count) {
            Objects.checkFromIndexSize(element * 2, count * 2L, data.byteSize());
            return data.address() + element * 2;
        }

        static FloatVector load(long address) {
            var half = ShortVector.fromMemorySegment(S, MEMORY, address, LITTLE);
            return ((IntVector) half.convertShape(ZERO_EXTEND_S2I, I, 0))
                    .lanewise(LSHL, 16)
                    .reinterpretAsFloats();
        }

        static IntVector absoluteBits(FloatVector value) {
            return value.reinterpretAsInts().and(0x7FFF_FFFF);
        }

        static void store(FloatVector value, MemorySegment target, long offset) {
            var bits = value.reinterpretAsInts();
            var odd = bits.lanewise(LSHR, 16).and(1);
            var rounded = bits.add(0x7FFF).add(odd).lanewise(LSHR, 16);
            var nan = value.compare(NE, value).cast(I);
            var half = (ShortVector) rounded.blend(0x7FC0, nan).convertShape(I2S, S, 0);
            half.intoMemorySegment(target, offset, LITTLE);
        }

        /** Which elements from a place of a span on are not drawn; see {@link Draws#draw}. */
        static VectorMask<Float> dropped(long spanKey, int place, int limit) {
            var h = PLACES.add(place).mul(0x9E37_79B9).lanewise(XOR, (int) spanKey);
            h = h.lanewise(XOR, h.lanewise(LSHR, 16)).mul(0x7FEB_352D);
            h = h.lanewise(XOR, h.lanewise(LSHR, 15))
                    .add((int) (spanKey >>> 32))
                    .mul(0x846C_A68B);
            h = h.lanewise(XOR, h.lanewise(LSHR, 16));
            return h.compare(UGE, limit).cast(F);
        }

        /** The elected signs; zero of either sign counts as positive. */
        static IntVector sign(float[] elected, int i) {
            return FloatVector.fromArray(F, elected, i)
                    .add(0f)
                    .reinterpretAsInts()
                    .and(0x8000_0000);
        }

        static void addSigned(IntVector value, IntVector sign, float[] sum, int i) {
            var signed = value.lanewise(XOR, sign).reinterpretAsFloats();
            FloatVector.fromArray(F, sum, i).add(signed).intoArray(sum, i);
        }
    }
}
