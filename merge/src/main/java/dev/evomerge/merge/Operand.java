package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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

    /**
     * Reads elements as floats.
     *
     * @throws NotFiniteException if one of them is infinite or not a number
     */
    void read(Kernels kernels, long element, float[] target, int count) {
        if (kernels.load(dtype, data, element, target, count) >= Kernels.INFINITY_BITS) {
            throw notFinite();
        }
    }

    /**
     * Reads what elements are more than those of a base.
     *
     * @param base the base's elements of the same block
     * @throws NotFiniteException if one of them is infinite or not a number
     */
    void readDelta(Kernels kernels, long element, float[] base, float[] target, int count) {
        if (kernels.loadDelta(dtype, data, element, base, target, count) >= Kernels.INFINITY_BITS) {
            throw notFinite();
        }
    }

    /**
     * Adds elements to a sum: sum ← sum + factor · element, rounded once.
     *
     * @throws NotFiniteException if one of them is infinite or not a number
     */
    void addTo(Kernels kernels, long element, float factor, float[] sum, int count) {
        if (kernels.loadAndAdd(dtype, data, element, factor, sum, count) >= Kernels.INFINITY_BITS) {
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
