package dev.evomerge.merge;

import dev.evomerge.merge.Thinning.Weighing;
import dev.evomerge.merge.safetensors.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A source's tensor in memory.
 *
 * @param input what it is
 * @param dtype the type of its elements
 * @param data  its elements
 * @param count how many
 */
record Operand(OutputTensor.Input input, DType dtype, MemorySegment data, long count) {

    static Operand load(OutputTensor.Input input, Arena arena) {
        try {
            MemorySegment data = input.source().load(input.tensor(), arena);
            return new Operand(input, input.info().dtype(), data, input.info().elements());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The data of operands, where they and what is made of them are BF16: kernels of one pass take nothing else. */
    static Optional<MemorySegment[]> bfloat16(DType result, List<Operand> operands) {
        return result == DType.BF16 && operands.stream().allMatch(operand -> operand.dtype == DType.BF16)
                ? Optional.of(operands.stream().map(Operand::data).toArray(MemorySegment[]::new))
                : Optional.empty();
    }

    /**
     * Reads elements as floats.
     *
     * @throws NotFiniteException if one of them is infinite or not a number
     */
    void read(Kernels kernels, long element, float[] target, int count) {
        requireFinite(kernels.load(dtype, data, element, target, count));
    }

    /**
     * Reads what elements are more than those of a base.
     *
     * @param base the base's elements of the same block
     * @throws NotFiniteException if one of them is infinite or not a number
     */
    void readDelta(Kernels kernels, long element, float[] base, float[] target, int count) {
        requireFinite(kernels.loadDelta(dtype, data, element, base, target, count));
    }

    /**
     * Adds elements to a sum: sum ← sum + factor · element, rounded once.
     *
     * @throws NotFiniteException if one of them is infinite or not a number
     */
    void addTo(Kernels kernels, long element, float factor, float[] sum, int count) {
        requireFinite(kernels.loadAndAdd(dtype, data, element, factor, sum, count));
    }

    /**
     * Reads a task vector, what elements are more than those of a base.
     *
     * @throws NotFiniteException if an element of either is infinite or not a number
     */
    void readDifference(Kernels kernels, Operand base, long element, float[] target, float[] scratch, int count) {
        if (dtype != DType.BF16
                || base.dtype != DType.BF16
                || kernels.difference(data, base.data, element, target, scratch, count) >= Kernels.INFINITY_BITS) {
            base.read(kernels, element, scratch, count);
            readDelta(kernels, element, scratch, target, count);
        }
    }

    /** @see Kernels#addDrawn */
    void addDrawn(Weighing to, Thinning.Drawn drawn, float factor, float weight, float[] x) {
        requireFinite(to.kernels()
                .addDrawn(
                        dtype,
                        data,
                        to.element(),
                        to.base(),
                        drawn.draws(),
                        drawn.limit(),
                        factor,
                        weight,
                        x,
                        to.sum(),
                        to.count()));
    }

    /** @see Kernels#addAbove */
    void addAbove(Weighing to, int bits, float weight, float[] x) {
        requireFinite(
                to.kernels().addAbove(dtype, data, to.element(), to.base(), bits, weight, x, to.sum(), to.count()));
    }

    /** @see Kernels#addAbsoluteDrawn */
    void addAbsoluteDrawn(Weighing of, Thinning.Drawn drawn, float[] x, double[] before, double[] after) {
        requireFinite(of.kernels()
                .addAbsoluteDrawn(
                        dtype,
                        data,
                        of.element(),
                        of.base(),
                        drawn.draws(),
                        drawn.limit(),
                        x,
                        before,
                        after,
                        of.count()));
    }

    private void requireFinite(int largest) {
        if (largest >= Kernels.INFINITY_BITS) {
            throw notFinite();
        }
    }

    private NotFiniteException notFinite() {
        return new NotFiniteException(input.model(), input.tensor(), countNotFinite(), this.count);
    }

    private long countNotFinite() {
        float[] block = new float[Kernels.BLOCK];
        long found = 0;
        for (long at = 0; at < count; at += block.length) {
            int n = (int) Math.min(block.length, count - at);
            Kernels.of(count).load(dtype, data, at, block, n);
            for (int i = 0; i < n; i++) {
                found += Float.isFinite(block[i]) ? 0 : 1;
            }
        }
        return found;
    }
}
