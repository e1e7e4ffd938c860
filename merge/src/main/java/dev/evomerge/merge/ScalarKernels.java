package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.Elements;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The kernels in plain Java: the reference for the vector ones, which also use it for what is left over at the end of a block. */
class ScalarKernels implements Kernels {

    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public int load(DType dtype, MemorySegment source, long element, float[] target, int count) {
        return load(dtype, source, element, target, 0, count);
    }

    static int load(DType dtype, MemorySegment source, long element, float[] target, int from, int to) {
        int largest = 0;
        for (int i = from; i < to; i++) {
            float value = Elements.get(dtype, source, element + i);
            target[i] = value;
            largest = Math.max(largest, absoluteBits(value));
        }
        return largest;
    }

    @Override
    public int loadDelta(DType dtype, MemorySegment source, long element, float[] base, float[] target, int count) {
        int largest = load(dtype, source, element, target, count);
        subtract(target, base, count);
        return largest;
    }

    @Override
    public int loadAndAdd(DType dtype, MemorySegment source, long element, float factor, float[] sum, int count) {
        return loadAndAdd(dtype, source, element, factor, sum, 0, count);
    }

    static int loadAndAdd(
            DType dtype, MemorySegment source, long element, float factor, float[] sum, int from, int to) {
        int largest = 0;
        for (int i = from; i < to; i++) {
            float value = Elements.get(dtype, source, element + i);
            sum[i] = Math.fma(factor, value, sum[i]);
            largest = Math.max(largest, absoluteBits(value));
        }
        return largest;
    }

    @Override
    public boolean weightedSum(
            MemorySegment[] sources, float[] weights, float divisor, long element, MemorySegment target, int count) {
        return weightedSum(sources, weights, divisor, element, target, 0, count);
    }

    static boolean weightedSum(
            MemorySegment[] sources,
            float[] weights,
            float divisor,
            long element,
            MemorySegment target,
            int from,
            int to) {
        boolean finite = true;
        for (int i = from; i < to; i++) {
            float sum = weights[0] * Elements.get(DType.BF16, sources[0], element + i);
            for (int k = 1; k < weights.length; k++) {
                sum = Math.fma(weights[k], Elements.get(DType.BF16, sources[k], element + i), sum);
            }
            Elements.set(DType.BF16, target, i, sum / divisor);
            finite &= Float.isFinite(sum);
        }
        return finite;
    }

    @Override
    public void store(DType dtype, float[] source, MemorySegment target, long element, int count) {
        store(dtype, source, target, element, 0, count);
    }

    static void store(DType dtype, float[] source, MemorySegment target, long element, int from, int to) {
        for (int i = from; i < to; i++) {
            Elements.set(dtype, target, element + i, source[i]);
        }
    }

    static int absoluteBits(float value) {
        return Float.floatToRawIntBits(value) & 0x7FFF_FFFF;
    }

    @Override
    public void subtract(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] -= y[i];
        }
    }

    @Override
    public void add(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] += y[i];
        }
    }

    @Override
    public void scale(float[] x, float factor, int count) {
        for (int i = 0; i < count; i++) {
            x[i] *= factor;
        }
    }

    @Override
    public void divide(float[] x, float divisor, int count) {
        for (int i = 0; i < count; i++) {
            x[i] /= divisor;
        }
    }

    @Override
    public void divideBy(float[] x, float[] divisor, int count) {
        for (int i = 0; i < count; i++) {
            x[i] /= divisor[i] == 0 ? 1 : divisor[i];
        }
    }

    @Override
    public void addScaled(float[] sum, float[] x, float factor, int count) {
        for (int i = 0; i < count; i++) {
            sum[i] = Math.fma(factor, x[i], sum[i]);
        }
    }

    @Override
    public void scaleAndAdd(float[] x, float factor, float[] sum, int count) {
        for (int i = 0; i < count; i++) {
            x[i] *= factor;
            sum[i] += x[i];
        }
    }

    @Override
    public void addAbsolute(float[] x, double[] sums, int count) {
        addAbsolute(x, sums, 0, count);
    }

    static void addAbsolute(float[] x, double[] sums, int from, int to) {
        for (int i = from; i < to; i++) {
            sums[i % LANES] += Math.abs(x[i]);
        }
    }

    @Override
    public void dropRandom(float[] x, Draws draws, long first, int limit, int count) {
        dropRandom(x, draws.spanKey(first), (int) (first % Draws.SPAN), limit, 0, count);
    }

    static void dropRandom(float[] x, long spanKey, int place, int limit, int from, int to) {
        for (int i = from; i < to; i++) {
            if (Integer.compareUnsigned(Draws.draw(spanKey, place + i), limit) >= 0) {
                x[i] = 0;
            }
        }
    }

    @Override
    public void keepAbove(float[] x, int bits, int count) {
        keepAbove(x, bits, 0, count);
    }

    static void keepAbove(float[] x, int bits, int from, int to) {
        for (int i = from; i < to; i++) {
            if (absoluteBits(x[i]) <= bits) {
                x[i] = 0;
            }
        }
    }

    @Override
    public void dropAbove(float[] x, int bits, int count) {
        dropAbove(x, bits, 0, count);
    }

    static void dropAbove(float[] x, int bits, int from, int to) {
        for (int i = from; i < to; i++) {
            if (absoluteBits(x[i]) > bits) {
                x[i] = 0;
            }
        }
    }

    @Override
    public void addAgreeing(float[] x, float weight, float[] elected, float[] sum, float[] weights, int count) {
        addAgreeing(x, weight, elected, sum, weights, 0, count);
    }

    static void addAgreeing(float[] x, float weight, float[] elected, float[] sum, float[] weights, int from, int to) {
        for (int i = from; i < to; i++) {
            float agreeing = agreeing(x[i], elected[i]);
            sum[i] += agreeing;
            weights[i] = agreeing == 0 ? weights[i] : weights[i] + weight;
        }
    }

    @Override
    public void addAgreeing(float[] x, float[] elected, float[] sum, int count) {
        addAgreeing(x, elected, sum, 0, count);
    }

    static void addAgreeing(float[] x, float[] elected, float[] sum, int from, int to) {
        for (int i = from; i < to; i++) {
            sum[i] += agreeing(x[i], elected[i]);
        }
    }

    /** An element that has the elected sign, or else the zero of that sign. */
    private static float agreeing(float x, float elected) {
        return elected >= 0 ? (x > 0 ? x : 0f) : (x < 0 ? x : -0f);
    }

    @Override
    public long partition(float[] x, int low, int high, int[] between, int count) {
        return partition(x, low, high, between, 0, 0, count);
    }

    static long partition(float[] x, int low, int high, int[] between, int written, int from, int to) {
        int above = 0;
        for (int i = from; i < to; i++) {
            int bits = absoluteBits(x[i]);
            if (bits > high) {
                above++;
            } else if (bits >= low) {
                between[written++] = bits;
            }
        }
        return (long) above << 32 | written;
    }
}
