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
                return (element, target, count) -> {
                    base.read(kernels, element, scratch, count);
                    sources.get(source).readDelta(kernels, element, scratch, target, count);
                };
            }
        };
    }
}
