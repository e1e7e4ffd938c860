package dev.evomerge.merge;

import dev.evomerge.merge.OutputTensor.Input;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How a task vector is thinned: which of its elements become zero. */
interface Thinning {

    /** Drops nothing. */
    Thinning NONE = (from, count) -> Everything.PIECE;

    /** Gathers what depends on the whole task vector; called once, before {@link #piece}. */
    default void prepare(TaskVectors vectors, int source, Workers workers) {}

    /** Thins a piece of the tensor, block by block from its first element to its last. */
    Piece piece(long from, int count);

    /** One thread's thinning of one piece. */
    @FunctionalInterface
    interface Piece {
        /** Sets dropped elements of the block to zero. */
        void apply(Kernels kernels, float[] x, long element, int count);

        /** Reads a block of a task vector, thins and weighs it: x ← weight · (factor · kept(source − base)), then sum ← sum + x. */
        default void add(Operand source, Weighing to, float factor, float weight, float[] x) {
            source.readDelta(to.kernels, to.element, to.base, x, to.count);
            apply(to.kernels, x, to.element, to.count);
            to.kernels.scale(x, factor, to.count);
            to.kernels.scaleAndAdd(x, weight, to.sum, to.count);
        }

        /** Reads a block of a task vector and adds up what it is before and after it is thinned, as {@link Kernels#addAbsolute} does. */
        default void addNorms(Operand source, Weighing of, float[] x, double[] before, double[] after) {
            source.readDelta(of.kernels, of.element, of.base, x, of.count);
            of.kernels.addAbsolute(x, before, of.count);
            apply(of.kernels, x, of.element, of.count);
            of.kernels.addAbsolute(x, after, of.count);
        }
    }

    /**
     * Where task vectors are added up.
     *
     * @param element the block's first element
     * @param count   how many it has
     * @param base    the base's elements
     * @param sum     what was added up so far
     */
    record Weighing(Kernels kernels, long element, int count, float[] base, float[] sum) {}

    /** Drops nothing. */
    enum Everything implements Piece {
        PIECE;

        private static final int ALL_BITS = -1;

        @Override
        public void apply(Kernels kernels, float[] x, long element, int count) {
            // All stays.
        }

        @Override
        public void add(Operand source, Weighing to, float factor, float weight, float[] x) {
            source.addAbove(to, ALL_BITS, weight, x);
        }
    }

    /** Keeps what is drawn. Blocks start at multiples of their length, so none crosses the end of a span of draws. */
    record Drawn(Draws draws, int limit) implements Piece {
        @Override
        public void apply(Kernels kernels, float[] x, long element, int count) {
            kernels.dropRandom(x, draws, element, limit, count);
        }

        @Override
        public void add(Operand source, Weighing to, float factor, float weight, float[] x) {
            source.addDrawn(to, this, factor, weight, x);
        }

        @Override
        public void addNorms(Operand source, Weighing of, float[] x, double[] before, double[] after) {
            source.addAbsoluteDrawn(of, this, x, before, after);
        }
    }

    /** Keeps what is in a set of the largest. */
    record Largest(TopSet kept) implements Piece {
        @Override
        public void apply(Kernels kernels, float[] x, long element, int count) {
            kept.keep(kernels, x, element, count);
        }

        @Override
        public void add(Operand source, Weighing to, float factor, float weight, float[] x) {
            if (factor == 1 && !kept.isCut(to.element, to.count)) {
                source.addAbove(to, kept.below(to.element), weight, x);
            } else {
                Piece.super.add(source, to, factor, weight, x);
            }
        }
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
            case DELLA, DELLA_LINEAR -> ByRank.of(tensor, input, density);
            default -> NONE;
        };
    }

    /** Keeps each element with the same probability (DARE). */
    record AtRandom(Draws draws, int limit) implements Thinning {
        @Override
        public Piece piece(long from, int count) {
            return new Drawn(draws, limit);
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
                kept = TopSet.find(vectors.of(source), Math.min(n, Math.max(1, stay)), workers);
                return;
            }
            // As in mergekit: n − stay − ⌊γ·n⌋ of the smallest go, at least none, and the rest of what goes are the
            // largest.
            long smallest = Math.max(0, n - stay - (long) (gamma * n));
            kept = TopSet.find(vectors.of(source), n - smallest, workers);
            outliers = TopSet.find(vectors.of(source), n - smallest - stay, workers);
        }

        @Override
        public Piece piece(long from, int count) {
            if (outliers == TopSet.EMPTY) {
                return new Largest(kept);
            }
            return (kernels, x, element, n) -> {
                outliers.drop(kernels, x, element, n);
                kept.keep(kernels, x, element, n);
            };
        }
    }

    /**
     * Keeps elements at random, the larger ones of a row more likely (DELLA): from density − ε for the smallest to density + ε for the
     * largest of a row. Of equal ones the first are smaller.
     */
    final class ByRank implements Thinning {
        private final Draws draws;
        private final int row;
        private final double density;
        private final double epsilon;
        private Values values;

        private ByRank(Draws draws, int row, double density, double epsilon) {
            this.draws = draws;
            this.row = row;
            this.density = density;
            this.epsilon = epsilon;
        }

        static ByRank of(OutputTensor tensor, Input input, double density) {
            double epsilon = input.parameters().get("epsilon");
            if (density - epsilon <= 0 || density + epsilon >= 1) {
                throw new MergeException(List.of(new Problem(
                        input.model(),
                        Optional.of(tensor.name()),
                        "density " + density + " and epsilon " + epsilon,
                        "density ± epsilon between 0 and 1")));
            }
            Draws draws = Draws.of(tensor.seed(), input.model(), tensor.name());
            return new ByRank(draws, Math.toIntExact(tensor.info().rowLength()), density, epsilon);
        }

        @Override
        public void prepare(TaskVectors vectors, int source, Workers workers) {
            values = vectors.of(source);
        }

        @Override
        public Piece piece(long from, int count) {
            boolean[] kept = new boolean[count];
            float[] block = new float[Kernels.BLOCK];
            long[] order = new long[row];
            Values.Reader reader = values.reader();
            for (int start = 0; start < count; start += row) {
                for (int at = 0; at < row; at += block.length) {
                    int n = Math.min(block.length, row - at);
                    reader.read(from + start + at, block, n);
                    for (int i = 0; i < n; i++) {
                        order[at + i] = (long) ScalarKernels.absoluteBits(block[i]) << 32 | (at + i);
                    }
                }
                Arrays.sort(order);
                for (int rank = 0; rank < row; rank++) {
                    int place = start + (int) order[rank];
                    double height = row == 1 ? 0.5 : rank / (double) (row - 1);
                    kept[place] = draws.uniform(from + place) < density - epsilon + 2 * epsilon * height;
                }
            }
            return (kernels, x, element, n) -> {
                int first = (int) (element - from);
                for (int i = 0; i < n; i++) {
                    x[i] = kept[first + i] ? x[i] : 0;
                }
            };
        }
    }
}
