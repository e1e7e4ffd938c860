package dev.evomerge.merge;

/** Numbers per element of a tensor that can be read in blocks: a task vector, for example. */
interface Values {

    /** How many elements there are. */
    long elements();

    /** A reader for one thread. */
    Reader reader();

    /** Reads blocks of at most {@link Kernels#BLOCK} elements. */
    @FunctionalInterface
    interface Reader {
        void read(long element, float[] target, int count);
    }
}
