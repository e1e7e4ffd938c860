package dev.evomerge.bench.search;

import dev.evomerge.search.Fidelity;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.util.Locale;
import java.util.Map;

/** How often the 95 % interval that a search promises for its winner holds the winner's true score, over 1000 searches on new landscapes. */
final class CoverageBenchmark {

    private static final int SEARCHES = 1000;

    private CoverageBenchmark() {}

    public static void main(String[] arguments) {
        System.out.println("| question sets | covered | mean width | search score − true score |");
        System.out.println("| --- | --- | --- | --- |");
        row("search 200, selection 200, test 250", Map.of(Split.SEARCH, 200, Split.SELECTION, 200, Split.TEST, 250));
        row("search 200, test 250", Map.of(Split.SEARCH, 200, Split.TEST, 250));
        row("search 200, selection 250", Map.of(Split.SEARCH, 200, Split.SELECTION, 250));
    }

    private static void row(String name, Map<Split, Integer> sizes) {
        int covered = 0;
        double width = 0;
        double optimism = 0;
        for (int seed = 0; seed < SEARCHES; seed++) {
            var landscape = new MergeLandscape(10_000 + seed, sizes);
            var end = new MergeSimulation(landscape, sizes).run(landscape.spec(80, 8, new Fidelity.AllQuestions()));
            double truth = landscape.trueScore(end.winner());
            Step.Standing winner = end.table().stream()
                    .filter(row -> row.candidate().equals(end.winner()))
                    .findFirst()
                    .orElseThrow();
            Step.Interval interval = winner.interval().orElseThrow();
            covered += interval.low() <= truth && truth <= interval.high() ? 1 : 0;
            width += (interval.high() - interval.low()) / SEARCHES;
            optimism += (winner.search().orElseThrow() - truth) / SEARCHES;
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f %% of %d | %.1f points | %+.1f points |%n",
                name,
                100.0 * covered / SEARCHES,
                SEARCHES,
                100 * width,
                100 * optimism);
    }
}
