package dev.evomerge.merge;

import dev.evomerge.merge.OutputTensor.Input;

/** How a task vector is thinned: which of its elements become zero. */
interface Thinning {

    /** Drops nothing. */
    Thinning NONE = (from, count) -> (kernels, x, element, n) -> {};

    /** Gathers what depends on the whole task vector; called once, before {@link #piece}. */
    default void prepare(TaskVectors vectors, int source, Workers workers) {}

    /** Thins a piece of the tensor, block by block from its first element to its last. */
    Piece piece(long from, int count);

    /** One thread's thinning of one piece. */
    @FunctionalInterface
    interface Piece {
        /** Sets dropped elements of the block to zero. */
        void apply(Kernels kernels, float[] x, long element, int count);
    }

    static Thinning of(OutputTensor tensor, Input input) {
        double density = input.parameters().getOrDefault("density", 1.0);
        if (density >= 1) {
            return NONE;
        }
        return switch (tensor.method()) {
            case TIES -> new ByMagnitude(density, 0);
            case BREADCRUMBS, BREADCRUMBS_TIES ->
                new ByMagnitude(density, input.parameters().get("gamma"));
            case DARE_LINEAR, DARE_TIES ->
                new AtRandom(Draws.of(tensor.seed(), input.model(), tensor.name()), Draws.limit(density));
            case DELLA, DELLA_LINEAR -> throw new UnsupportedOperationException("della");
            default -> NONE;
        };
    }

    /** Keeps each element with the same probability (DARE). */
    record AtRandom(Draws draws, int limit) implements Thinning {
        @Override
        public Piece piece(long from, int count) {
            // Blocks start at multiples of their length, so none crosses the end of a span.
            return (kernels, x, element, n) -> kernels.dropRandom(x, draws, element, limit, n);
        }
    }

    /**
     * Keeps the largest elements (TIES), or the largest but for the very largest (breadcrumbs). Of equal ones the first are larger, so
     * that exactly as many stay as the density says.
     */
    final class ByMagnitude implements Thinning {
        private final double density;
        private final double gamma;
        private TopSet kept;
        private TopSet outliers = TopSet.EMPTY;

        /**
         * @param density the share that stays, in (0, 1)
         * @param gamma   the share of the largest that is dropped
         */
        ByMagnitude(double density, double gamma) {
            this.density = density;
            this.gamma = gamma;
        }

        @Override
        public void prepare(TaskVectors vectors, int source, Workers workers) {
            long n = vectors.elements();
            long stay = (long) (density * n);
            if (gamma == 0) {
                kept = TopSet.find(vectors, source, Math.min(n, Math.max(1, stay)), workers);
                return;
            }
            // As in mergekit: n − stay − ⌊γ·n⌋ of the smallest go, at least none, and the rest of what goes are the
            // largest.
            long smallest = Math.max(0, n - stay - (long) (gamma * n));
            kept = TopSet.find(vectors, source, n - smallest, workers);
            outliers = TopSet.find(vectors, source, n - smallest - stay, workers);
        }

        @Override
        public Piece piece(long from, int count) {
            return (kernels, x, element, n) -> {
                if (outliers != TopSet.EMPTY) {
                    outliers.drop(kernels, x, element, n);
                }
                kept.keep(kernels, x, element, n);
            };
        }
    }
}
