package dev.evomerge.merge;

import java.util.List;

/**
 * The task vectors of one tensor: what sources have more than the base.
 *
 * @param elements how many elements each has
 */
record TaskVectors(Kernels kernels, Operand base, List<Operand> sources, long elements) {

    /**
     * Reads a block of a task vector.
     *
     * @param scratch receives the base's elements
     */
    void read(int source, long element, float[] target, float[] scratch, int count) {
        base.read(kernels, element, scratch, count);
        sources.get(source).read(kernels, element, target, count);
        kernels.subtract(target, scratch, count);
    }
}
