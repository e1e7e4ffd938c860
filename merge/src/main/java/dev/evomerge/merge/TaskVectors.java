package dev.evomerge.merge;

import java.util.List;

/**
 * The task vectors of one tensor: what sources have more than the base.
 *
 * @param elements how many elements each has
 */
record TaskVectors(Kernels kernels, Operand base, List<Operand> sources, long elements) {

    /** The task vector of one source. */
    Values of(int source) {
        return new Values() {
            @Override
            public long elements() {
                return elements;
            }

            @Override
            public Reader reader() {
                float[] scratch = new float[Kernels.BLOCK];
                Operand vector = sources.get(source);
                return (element, target, count) ->
                        vector.readDifference(kernels, base, element, target, scratch, count);
            }
        };
    }
}
