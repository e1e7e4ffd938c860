package dev.evomerge.inference.cpu;

import static dev.evomerge.inference.cpu.Memory.FLOATS;
import static dev.evomerge.inference.cpu.Memory.LANES;

import dev.evomerge.merge.safetensors.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** What happens to a row between linear layers. Addresses are of native memory; without a type they are float32's. */
final class Kernels {

    /** √(2/π) and the cubic term of GELU's tanh approximation (arXiv 1606.08415). */
    private static final float GELU_OUTER = 0.7978845608028654f;

    private static final float GELU_INNER = 0.044715f;

    private Kernels() {}

    private static int whole(int n) {
        return n - n % LANES;
    }

    private static FloatVector load(DType type, long address, int i) {
        return type == DType.BF16 ? Memory.loadBfloat16(address + 2L * i) : Memory.load(address + 4L * i);
    }

    private static void store(FloatVector vector, DType type, long address, int i) {
        if (type == DType.BF16) {
            Memory.storeBfloat16(vector, address + 2L * i);
        } else {
            Memory.store(vector, address + 4L * i);
        }
    }

    /** out = factor · x. */
    static void widen(DType type, long x, float factor, long out, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            Memory.store(load(type, x, i).mul(factor), out + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            Memory.set(out, i, factor * Memory.get(type, x, i));
        }
    }

    /** out += factor · x. */
    static void add(DType type, long x, float factor, long out, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            Memory.store(
                    load(type, x, i).fma(FloatVector.broadcast(FLOATS, factor), Memory.load(out + 4L * i)),
                    out + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            Memory.set(out, i, Math.fma(factor, Memory.get(type, x, i), Memory.get(out, i)));
        }
    }

    /** A root-mean-square norm (arXiv 1910.07467): out = x · weight / √(mean x² + eps). */
    static void norm(long x, long weight, double eps, DType type, long out, int n) {
        float factor = (float) (1 / Math.sqrt(squares(x, n) / n + eps));
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            store(Memory.load(x + 4L * i).mul(factor).mul(Memory.load(weight + 4L * i)), type, out, i);
        }
        for (int i = whole; i < n; i++) {
            Memory.set(type, out, i, Memory.get(x, i) * factor * Memory.get(weight, i));
        }
    }

    private static float squares(long x, int n) {
        int whole = whole(n);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector part = Memory.load(x + 4L * i);
            sums = part.fma(part, sums);
        }
        float sum = sums.reduceLanes(VectorOperators.ADD);
        for (int i = whole; i < n; i++) {
            sum = Math.fma(Memory.get(x, i), Memory.get(x, i), sum);
        }
        return sum;
    }

    /** Turns pairs (x[i], x[i + half]) by angles whose cosines and sines are given for each i (arXiv 2104.09864). */
    static void rotate(long x, long cos, long sin, int half) {
        long upper = x + 4L * half;
        int whole = whole(half);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector a = Memory.load(x + 4L * i);
            FloatVector b = Memory.load(upper + 4L * i);
            FloatVector c = Memory.load(cos + 4L * i);
            FloatVector s = Memory.load(sin + 4L * i);
            Memory.store(a.mul(c).sub(b.mul(s)), x + 4L * i);
            Memory.store(b.mul(c).add(a.mul(s)), upper + 4L * i);
        }
        for (int i = whole; i < half; i++) {
            float a = Memory.get(x, i);
            float b = Memory.get(upper, i);
            float c = Memory.get(cos, i);
            float s = Memory.get(sin, i);
            Memory.set(x, i, a * c - b * s);
            Memory.set(upper, i, b * c + a * s);
        }
    }

    /** out = silu(gate) · up, silu(x) = x / (1 + e⁻ˣ). */
    static void silu(DType type, long gate, long up, long out, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector x = load(type, gate, i);
            FloatVector shrunk = x.neg().lanewise(VectorOperators.EXP).add(1);
            store(x.div(shrunk).mul(load(type, up, i)), type, out, i);
        }
        for (int i = whole; i < n; i++) {
            float x = Memory.get(type, gate, i);
            Memory.set(type, out, i, (float) (x / (1 + Math.exp(-x))) * Memory.get(type, up, i));
        }
    }

    /** out = gelu(gate) · up, gelu(x) ≈ x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). */
    static void gelu(DType type, long gate, long up, long out, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector x = load(type, gate, i);
            FloatVector inner = x.mul(x).mul(GELU_INNER).add(1).mul(x).mul(GELU_OUTER);
            FloatVector y = inner.lanewise(VectorOperators.TANH).add(1).mul(x).mul(0.5f);
            store(y.mul(load(type, up, i)), type, out, i);
        }
        for (int i = whole; i < n; i++) {
            float x = Memory.get(type, gate, i);
            float inner = GELU_OUTER * x * (1 + GELU_INNER * x * x);
            Memory.set(type, out, i, 0.5f * x * (float) (1 + Math.tanh(inner)) * Memory.get(type, up, i));
        }
    }

    /** x = cap · tanh(x / cap). */
    static void cap(long x, float cap, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector y = Memory.load(x + 4L * i).div(cap).lanewise(VectorOperators.TANH);
            Memory.store(y.mul(cap), x + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            Memory.set(x, i, cap * (float) Math.tanh(Memory.get(x, i) / cap));
        }
    }

    /** The greatest number; NaN if one is. */
    static float greatest(DType type, long x, int n) {
        int whole = whole(n);
        FloatVector best = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < whole; i += LANES) {
            best = best.max(load(type, x, i));
        }
        float greatest = best.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < n; i++) {
            greatest = Math.max(greatest, Memory.get(type, x, i));
        }
        return greatest;
    }

    /** Where a number is found first; −1 if nowhere. */
    static int indexOf(DType type, float number, long x, int n) {
        int whole = whole(n);
        for (int i = 0; i < whole; i += LANES) {
            var equal = load(type, x, i).eq(number);
            if (equal.anyTrue()) {
                return i + equal.firstTrue();
            }
        }
        for (int i = whole; i < n; i++) {
            if (Memory.get(type, x, i) == number) {
                return i;
            }
        }
        return -1;
    }

    static boolean isFinite(long x, int n) {
        for (int i = 0; i < n; i++) {
            if (!Float.isFinite(Memory.get(x, i))) {
                return false;
            }
        }
        return true;
    }
}
