package dev.evomerge.bench.search;

import dev.evomerge.search.multi.Nsga2;
import dev.evomerge.search.multi.Pareto;
import dev.evomerge.search.random.Draws;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Hypervolume of what NSGA-II found in its last ten generations: rows {@code tool,problem,seed,hypervolume}.
 *
 * <p>Usage: {@code NsgaBenchmark SEEDS RESULTS [ROWS]}, see {@link Rows}
 */
final class NsgaBenchmark {

    private static final int POPULATION = 100;
    private static final int GENERATIONS = 200;
    private static final int LAST = 10;

    private enum Problem {
        ZDT1(30, 2),
        ZDT2(30, 2),
        ZDT3(30, 2),
        DTLZ2(12, 3);

        private final int dimension;
        private final int objectives;

        Problem(int dimension, int objectives) {
            this.dimension = dimension;
            this.objectives = objectives;
        }

        double[] losses(double[] x) {
            return this == DTLZ2 ? dtlz2(x) : zdt(x);
        }

        private double[] zdt(double[] x) {
            double g = 1 + 9 * Arrays.stream(x, 1, x.length).sum() / (x.length - 1);
            double ratio = x[0] / g;
            double h =
                    switch (this) {
                        case ZDT1 -> 1 - Math.sqrt(ratio);
                        case ZDT2 -> 1 - ratio * ratio;
                        default -> 1 - Math.sqrt(ratio) - ratio * Math.sin(10 * Math.PI * x[0]);
                    };
            return new double[] {x[0], g * h};
        }

        private static double[] dtlz2(double[] x) {
            double g = Arrays.stream(x, 2, x.length)
                    .map(v -> (v - 0.5) * (v - 0.5))
                    .sum();
            double a = x[0] * Math.PI / 2;
            double b = x[1] * Math.PI / 2;
            return new double[] {
                (1 + g) * Math.cos(a) * Math.cos(b), (1 + g) * Math.cos(a) * Math.sin(b), (1 + g) * Math.sin(a)
            };
        }
    }

    private NsgaBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int seeds = Integer.parseInt(arguments[0]);
        var rows = new Rows(List.of(arguments).subList(1, arguments.length));
        for (Problem problem : Problem.values()) {
            for (int i = 0; i < seeds; i++) {
                int seed = i;
                rows.measure(
                        "evomerge," + problem.name().toLowerCase(Locale.ROOT) + "," + seed,
                        () -> String.format(Locale.ROOT, "%.8f", hypervolume(problem, seed)));
            }
        }
    }

    private static double hypervolume(Problem problem, int seed) {
        double[] reference = new double[problem.objectives];
        Arrays.fill(reference, 1.1);
        var strategy = new Nsga2(
                problem.dimension, POPULATION, List.of(), Draws.of(seed).nextLong());
        var last = new ArrayDeque<double[][]>();
        for (int generation = 0; generation < GENERATIONS; generation++) {
            double[][] losses = strategy.ask().stream().map(problem::losses).toArray(double[][]::new);
            strategy.tell(losses);
            last.addLast(losses);
            if (last.size() > LAST) {
                last.removeFirst();
            }
        }
        double[][] found = last.stream().flatMap(Arrays::stream).toArray(double[][]::new);
        return Pareto.hypervolume(front(found), reference);
    }

    private static double[][] front(double[][] losses) {
        return Pareto.fronts(losses).getFirst().stream().map(i -> losses[i]).toArray(double[][]::new);
    }
}
