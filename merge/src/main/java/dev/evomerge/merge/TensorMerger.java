package dev.evomerge.merge;

import java.lang.foreign.MemorySegment;

/** Makes one output tensor: first whole-tensor statistics, then the elements, in any order and by any number of threads. */
interface TensorMerger {

    /** Elements per piece of work, about; pieces do not depend on the number of threads. */
    int PIECE = 1 << 18;

    /** Gathers what depends on the whole tensor (thresholds, norms, angles); called once, before {@link #merge}. */
    default void prepare(Workers workers) {}

    /** The elements that belong together, so that pieces start at multiples of it: 1, or a row's length. */
    default long grain() {
        return 1;
    }

    /**
     * Writes elements {@code from} to {@code from + count}.
     *
     * @param target holds these elements, from its first byte on
     */
    void merge(long from, int count, MemorySegment target);

    /** The size of pieces, a multiple of the grain. */
    default int piece() {
        return pieceOf(grain());
    }

    static int pieceOf(long grain) {
        return Math.toIntExact(Math.max(1, PIECE / grain) * grain);
    }

    /** How many pieces {@code elements} make. */
    static int pieces(long elements, int piece) {
        return Math.toIntExact((elements + piece - 1) / piece);
    }
}
