package dev.evomerge.bench.search;

import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.Split;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Search questions asked against the winner's score on questions that no search saw, per fidelity and pool of search questions, on
 * {@link RealMerges}: rows {@code fidelity,pool,seed,asked,score}.
 *
 * <p>Usage: {@code QuestionsBenchmark TABLE SEEDS RESULTS [ROWS]}, see {@link Rows}
 */
final class QuestionsBenchmark {

    private static final int EVALUATIONS = 200;

    /** All that there are, and the first of them. */
    private static final List<Integer> POOLS = List.of(RealMerges.SIZES.get(Split.SEARCH), 200, 100, 50);

    private QuestionsBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        var data = new RealMerges.Data(OutcomeTable.read(Path.of(arguments[0])));
        int seeds = Integer.parseInt(arguments[1]);
        var rows = new Rows(List.of(arguments).subList(2, arguments.length));
        for (int i = 0; i < seeds; i++) {
            int seed = i;
            var landscape = new RealMerges(data, seed);
            for (int pool : POOLS) {
                fidelities(pool)
                        .forEach((name, fidelity) -> rows.measure(
                                name + "," + pool + "," + seed, () -> run(fidelity, pool, landscape, seed)));
            }
        }
    }

    private static Map<String, Fidelity> fidelities(int pool) {
        var fidelities = new LinkedHashMap<String, Fidelity>();
        fidelities.put("all", new Fidelity.AllQuestions());
        for (int asked :
                pool > 200 ? new int[] {50, 25, 15, 10} : pool > 50 ? new int[] {50, 25, 10} : new int[] {25, 10}) {
            fidelities.put("estimation " + asked, new Fidelity.Estimation(pool, asked));
        }
        if (pool >= 200) {
            for (double tolerance : new double[] {0, 0.02, 0.05}) {
                fidelities.put(
                        String.format(Locale.ROOT, "racing from 25 tolerance %.0f points", 100 * tolerance),
                        new Fidelity.Racing(pool, 25, 0.05, tolerance));
            }
        }
        return fidelities;
    }

    private static String run(Fidelity fidelity, int pool, RealMerges landscape, int seed) {
        var sizes = new EnumMap<Split, Integer>(RealMerges.SIZES);
        sizes.put(Split.SEARCH, pool);
        var simulation = new MergeSimulation(landscape, sizes);
        var budget = new Budget(Optional.of(EVALUATIONS), Optional.empty());
        var end = simulation.run(RealMerges.spec(seed, fidelity, budget, sizes.keySet()));
        var winner = landscape.merge(end.winner().recipe());
        int unseen = sizes.get(Split.TEST);
        long right = IntStream.range(0, unseen)
                .filter(q -> winner.isRight(Split.TEST, q))
                .count();
        return String.format(Locale.ROOT, "%d,%.4f", simulation.asked(), (double) right / unseen);
    }
}
