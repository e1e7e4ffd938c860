package dev.evomerge.bench.search;

import dev.evomerge.search.Fidelity;
import dev.evomerge.search.Split;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Search questions asked against the winner's true score, per fidelity, on {@link MergeLandscape}. */
final class QuestionsBenchmark {

    private static final int POOL = 500;
    private static final int EVALUATIONS = 400;
    private static final int POPULATION = 10;

    private QuestionsBenchmark() {}

    public static void main(String[] arguments) {
        int seeds = Integer.parseInt(arguments[0]);
        var fidelities = new LinkedHashMap<String, Fidelity>();
        fidelities.put("all 500 questions", new Fidelity.AllQuestions());
        fidelities.put("estimation, 100 asked", new Fidelity.Estimation(POOL, 100));
        fidelities.put("estimation, 50 asked", new Fidelity.Estimation(POOL, 50));
        fidelities.put("estimation, 25 asked", new Fidelity.Estimation(POOL, 25));
        fidelities.put("racing from 25, error 5 %", new Fidelity.Racing(POOL, 25, 0.05));
        fidelities.put("racing from 25, error 20 %", new Fidelity.Racing(POOL, 25, 0.2));
        double[] full = new double[seeds];
        System.out.println(
                "| fidelity | search questions asked | fewer | winner's true score | against all questions |");
        System.out.println("| --- | --- | --- | --- | --- |");
        double[] fullAsked = {0};
        fidelities.forEach((name, fidelity) -> {
            double asked = 0;
            double sum = 0;
            double[] differences = new double[seeds];
            for (int seed = 0; seed < seeds; seed++) {
                var landscape =
                        new MergeLandscape(seed, Map.of(Split.SEARCH, POOL, Split.SELECTION, 250, Split.TEST, 250));
                var end = landscape.run(landscape.spec(EVALUATIONS, POPULATION, fidelity));
                double score = landscape.trueScore(end.winner());
                asked += landscape.asked / (double) seeds;
                sum += score / seeds;
                if (fidelity instanceof Fidelity.AllQuestions) {
                    full[seed] = score;
                }
                differences[seed] = score - full[seed];
            }
            if (fidelity instanceof Fidelity.AllQuestions) {
                fullAsked[0] = asked;
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.1f × | %.1f %% | %s |%n",
                    name,
                    asked,
                    fullAsked[0] / asked,
                    100 * sum,
                    interval(differences));
        });
    }

    /** The mean and its normal 95 % interval, in points. */
    private static String interval(double[] values) {
        double mean = 0;
        for (double v : values) {
            mean += v / values.length;
        }
        double squares = 0;
        for (double v : values) {
            squares += (v - mean) * (v - mean);
        }
        double half = 1.96 * Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
        return String.format(Locale.ROOT, "%+.2f ± %.2f points", 100 * mean, 100 * half);
    }
}
