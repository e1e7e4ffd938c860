package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The inner loops, over blocks of floats that stay in the first-level cache. {@link ScalarKernels} says what they mean;
 * {@link VectorKernels} does the same with the Vector API, bit for bit.
 *
 * <p>Loops over several memory segments of several types would not be compiled to vector code, so tensors are staged through blocks.
 */
interface Kernels {

    /** Elements per block: all that one piece of work needs fit into 32 KiB. */
    int BLOCK = 256;

    /** The bits of positive infinity: absolute bits from here on are infinite or not a number. */
    int INFINITY_BITS = 0x7F80_0000;

    /**
     * From so many elements on, a tensor is worth vectors: until its kernels are compiled, the Vector API is far slower than plain loops, and a
     * model of smaller tensors is merged before they are.
     */
    long WORTH_VECTORS = 1 << 18;

    /**
     * What this machine runs on a tensor: vectors, unless it is small, the module is missing, or {@code -Devomerge.vector=false} says otherwise.
     *
     * @param elements how many the tensor has
     */
    static Kernels of(long elements) {
        return elements < WORTH_VECTORS ? Scalar.KERNELS : Best.KERNELS;
    }

    /** Holds the plain loops. */
    final class Scalar {
        private static final Kernels KERNELS = new ScalarKernels();

        private Scalar() {}
    }

    /**
     * Reads elements as floats.
     *
     * @param element the first element in {@code source}
     * @return the largest absolute value's bits; from {@link #INFINITY_BITS} on, an element is not finite
     */
    int load(DType dtype, MemorySegment source, long element, float[] target, int count);

    /** Reads elements as {@link #load} does and takes {@code base} from them: target ← source − base. */
    int loadDelta(DType dtype, MemorySegment source, long element, float[] base, float[] target, int count);

    /**
     * Reads elements as {@link #load} does and adds them up: sum ← sum + factor · source, rounded once.
     *
     * @return the largest absolute value's bits, before the factor
     */
    int loadAndAdd(DType dtype, MemorySegment source, long element, float factor, float[] sum, int count);

    /**
     * The weighted sum of BF16 elements in one pass: target ← (w₀·s₀ + w₁·s₁ + …) / divisor, each product and sum rounded once.
     *
     * @param element the first element in every source
     * @param target  gets BF16 elements from its start on
     * @return whether all sums are finite; they are not where an element of a source is not
     */
    boolean weightedSum(
            MemorySegment[] sources, float[] weights, float divisor, long element, MemorySegment target, int count);

    /** Writes floats as elements, rounded to the nearest, ties to even; not-a-number becomes the type's quiet one. */
    void store(DType dtype, float[] source, MemorySegment target, long element, int count);

    /** x ← x − y. */
    void subtract(float[] x, float[] y, int count);

    /** x ← x + y. */
    void add(float[] x, float[] y, int count);

    /** x ← x · factor. */
    void scale(float[] x, float factor, int count);

    /** x ← x / divisor. */
    void divide(float[] x, float divisor, int count);

    /** x ← x / divisor, by element; where the divisor is 0, x stays. */
    void divideBy(float[] x, float[] divisor, int count);

    /** sum ← sum + factor · x, rounded once. */
    void addScaled(float[] sum, float[] x, float factor, int count);

    /** x ← factor · x, then sum ← sum + x. */
    void scaleAndAdd(float[] x, float factor, float[] sum, int count);

    /** The number of sums that {@link #addAbsolute} keeps side by side, the same on every machine. */
    int LANES = 16;

    /** sums[i mod {@value #LANES}] ← sums[i mod {@value #LANES}] + |x[i]|, in the order of i. */
    void addAbsolute(float[] x, double[] sums, int count);

    /**
     * Sets elements to zero whose draw is not below a limit; see {@link Draws}.
     *
     * @param draws the draws of the tensor
     * @param first the index of the first element in the tensor; the block must not cross a multiple of {@link Draws#SPAN}
     * @param limit keep what is drawn below it, unsigned
     */
    void dropRandom(float[] x, Draws draws, long first, int limit, int count);

    /** Sets elements to zero whose absolute bits are not above {@code bits}. */
    void keepAbove(float[] x, int bits, int count);

    /** Sets elements to zero whose absolute bits are above {@code bits}. */
    void dropAbove(float[] x, int bits, int count);

    /**
     * Adds what agrees with the elected sign: where x has the sign of {@code elected} (zero counts as positive),
     * sum ← sum + x and weights ← weights + weight.
     */
    void addAgreeing(float[] x, float weight, float[] elected, float[] sum, float[] weights, int count);

    /** As the one above, without weights. */
    void addAgreeing(float[] x, float[] elected, float[] sum, int count);

    /**
     * Reads a task vector, keeps what is drawn, and weighs it: x ← weight · (factor · kept(source − base)), then sum ← sum + x.
     *
     * @return as {@link #load}, of the source
     * @see #dropRandom
     */
    default int addDrawn(
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
        int largest = loadDelta(dtype, source, element, base, x, count);
        dropRandom(x, draws, element, limit, count);
        scale(x, factor, count);
        scaleAndAdd(x, weight, sum, count);
        return largest;
    }

    /**
     * Reads a task vector, keeps what is above {@code bits}, and weighs it: x ← weight · kept(source − base), then sum ← sum + x.
     *
     * @param bits absolute bits; −1 keeps everything
     * @return as {@link #load}, of the source
     */
    default int addAbove(
            DType dtype,
            MemorySegment source,
            long element,
            float[] base,
            int bits,
            float weight,
            float[] x,
            float[] sum,
            int count) {
        int largest = loadDelta(dtype, source, element, base, x, count);
        keepAbove(x, bits, count);
        scaleAndAdd(x, weight, sum, count);
        return largest;
    }

    /**
     * Reads a task vector and adds up what it is before and after what is not drawn is dropped, as {@link #addAbsolute} does.
     *
     * @param x scratch
     * @return as {@link #load}, of the source
     */
    default int addAbsoluteDrawn(
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
        int largest = loadDelta(dtype, source, element, base, x, count);
        addAbsolute(x, before, count);
        dropRandom(x, draws, element, limit, count);
        addAbsolute(x, after, count);
        return largest;
    }

    /**
     * The sum of what agrees with the elected sign, divided by the weights that took part where they are given.
     *
     * @param x       one block per source
     * @param weights one per source; empty: nothing is divided
     * @param agreed  gets the sum
     * @param divisor scratch
     */
    default void elect(float[][] x, float[] weights, float[] elected, float[] agreed, float[] divisor, int count) {
        Arrays.fill(agreed, 0, count, 0);
        if (weights.length == 0) {
            for (float[] vector : x) {
                addAgreeing(vector, elected, agreed, count);
            }
            return;
        }
        Arrays.fill(divisor, 0, count, 0);
        for (int i = 0; i < x.length; i++) {
            addAgreeing(x[i], weights[i], elected, agreed, divisor, count);
        }
        divideBy(agreed, divisor, count);
    }

    /** Writes x ← factor · x + base, both rounded, as {@link #store} does. */
    default void storeOnto(
            DType dtype, float[] base, float factor, float[] x, MemorySegment target, long element, int count) {
        scale(x, factor, count);
        add(x, base, count);
        store(dtype, x, target, element, count);
    }

    /**
     * Reads a task vector: target ← source − base.
     *
     * @return the largest absolute value's bits of the difference: from {@link #INFINITY_BITS} on, an element of either may not be finite
     */
    default int difference(
            MemorySegment source, MemorySegment base, long element, float[] target, float[] scratch, int count) {
        load(DType.BF16, base, element, scratch, count);
        loadDelta(DType.BF16, source, element, scratch, target, count);
        int largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, ScalarKernels.absoluteBits(target[i]));
        }
        return largest;
    }

    /**
     * Sorts elements by absolute bits: how many are above {@code high}; and those in [{@code low}, {@code high}] are written to
     * {@code between} as bits.
     *
     * @param between room for {@code count} + 64 elements
     * @return above in the high 32 bits, the number written in the low ones
     */
    long partition(float[] x, int low, int high, int[] between, int count);

    /** Holds the choice, made when it is first needed. */
    final class Best {
        private static final Kernels KERNELS = choose();

        private Best() {}

        private static Kernels choose() {
            boolean wanted = !"false".equals(System.getProperty("evomerge.vector"));
            boolean there =
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            return wanted && there ? new VectorKernels() : Scalar.KERNELS;
        }
    }
}
