package dev.evomerge.bench.search;

import dev.evomerge.search.cmaes.CmaEs;
import dev.evomerge.search.random.Draws;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Evaluations until the target is hit: rows {@code tool,function,dimension,seed,evaluations}; {@code inf} where the budget did not suffice.
 *
 * <p>Usage: {@code CmaBenchmark SEEDS RESULTS [ROWS]}, see {@link Rows}
 */
final class CmaBenchmark {

    static final List<Integer> DIMENSIONS = List.of(6, 20, 64);

    private CmaBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int seeds = Integer.parseInt(arguments[0]);
        var rows = new Rows(List.of(arguments).subList(1, arguments.length));
        for (int n : DIMENSIONS) {
            for (Landscape landscape : Landscape.values()) {
                for (int i = 0; i < seeds; i++) {
                    int seed = i;
                    rows.measure(
                            String.format(
                                    Locale.ROOT,
                                    "evomerge,%s,%d,%d",
                                    landscape.name().toLowerCase(Locale.ROOT),
                                    n,
                                    seed),
                            () -> run(landscape, n, seed).map(Object::toString).orElse("inf"));
                }
            }
        }
    }

    private static Optional<Integer> run(Landscape landscape, int n, int seed) {
        double[] optimum = Landscape.optimum(n, seed);
        double[] centre = new double[n];
        Arrays.fill(centre, 0.5);
        var draws = Draws.of(seed, 1);
        var strategy = new CmaEs(new CmaEs.Settings(
                centre, 1.0 / 6, landscape.populationSize(n), Draws.of(seed).nextLong()));
        for (int evaluations = 0;
                evaluations < landscape.budget(n) && strategy.stopped().isEmpty(); ) {
            var genomes = strategy.ask();
            double[][] losses = new double[genomes.size()][1];
            for (int k = 0; k < losses.length; k++) {
                double value = landscape.value(genomes.get(k), optimum);
                evaluations++;
                if (value <= landscape.target(n)) {
                    return Optional.of(evaluations);
                }
                losses[k][0] = landscape.measured(value, draws);
            }
            strategy.tell(losses);
        }
        return Optional.empty();
    }
}
