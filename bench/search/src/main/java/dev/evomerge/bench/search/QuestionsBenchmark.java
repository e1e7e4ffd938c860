package dev.evomerge.bench.search;

import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.Split;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Search questions asked against the winner's score on questions that no search saw, per fidelity, on {@link RealMerges}: CSV lines
 * {@code fidelity,seed,asked,score}.
 *
 * <p>Usage: {@code QuestionsBenchmark TABLE SEEDS}
 */
final class QuestionsBenchmark {

    private static final int EVALUATIONS = 200;

    private QuestionsBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        var data = new RealMerges.Data(OutcomeTable.read(Path.of(arguments[0])));
        int seeds = Integer.parseInt(arguments[1]);
        int pool = RealMerges.SIZES.get(Split.SEARCH);
        var fidelities = new LinkedHashMap<String, Fidelity>();
        fidelities.put("all", new Fidelity.AllQuestions());
        for (int asked : new int[] {50, 25, 15, 10}) {
            fidelities.put("estimation " + asked, new Fidelity.Estimation(pool, asked));
        }
        fidelities.put("racing from 25 error 20 %", new Fidelity.Racing(pool, 25, 0.2));
        for (int seed = 0; seed < seeds; seed++) {
            var landscape = new RealMerges(data, seed);
            for (var row : fidelities.entrySet()) {
                run(row.getKey(), row.getValue(), landscape, seed);
            }
        }
    }

    private static void run(String name, Fidelity fidelity, RealMerges landscape, int seed) {
        var simulation = new MergeSimulation(landscape, RealMerges.SIZES);
        var budget = new Budget(Optional.of(EVALUATIONS), Optional.empty());
        var end = simulation.run(RealMerges.spec(seed, fidelity, budget, RealMerges.SIZES.keySet()));
        var winner = landscape.merge(end.winner().recipe());
        int unseen = RealMerges.SIZES.get(Split.TEST);
        long right = IntStream.range(0, unseen)
                .filter(q -> winner.isRight(Split.TEST, q))
                .count();
        System.out.printf(Locale.ROOT, "%s,%d,%d,%.4f%n", name, seed, simulation.asked(), (double) right / unseen);
    }
}
