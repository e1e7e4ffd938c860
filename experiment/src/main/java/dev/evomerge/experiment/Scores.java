package dev.evomerge.experiment;

import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.MergeExperimentStatus.Best;
import dev.evomerge.experiment.archive.PooledScore;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.search.Split;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Numbers of the first objective, for people. */
public final class Scores {

    private static final MathContext FOUR_DIGITS = new MathContext(4);

    private final boolean maximize;
    private final String searchTask;
    private final String metric;

    public Scores(MergeExperimentSpec spec) {
        var objective = spec.objectives().getFirst();
        this.maximize = objective.goal() != MergeExperimentSpec.Goal.Minimize;
        this.searchTask = Manifests.taskKey(objective.task(), Split.SEARCH);
        this.metric = objective.metric();
    }

    /** A decimal of four significant digits, without an exponent: {@code 0.5312}. */
    public static String text(double value) {
        var rounded = new BigDecimal(value).round(FOUR_DIGITS);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }

    /** The best candidate that the search has bred, on the search questions that it was asked; those that were asked more come first. */
    public Optional<Best> best(Collection<RecordedBatch> batches) {
        return PooledScore.of(batches, searchTask, metric).stream()
                .min(PooledScore.bestFirst(maximize))
                .map(best -> new Best(best.candidate(), text(best.score())));
    }

    /** The best of a batch by the first number that each candidate has. */
    public Optional<Best> best(Stream<Scored> candidates) {
        return candidates.min(order()).map(best -> new Best(best.candidate, text(best.score)));
    }

    public static Optional<String> median(List<Double> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return Optional.of(text(sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2));
    }

    private Comparator<Scored> order() {
        Comparator<Scored> byScore = Comparator.comparingDouble(Scored::score);
        return maximize ? byScore.reversed() : byScore;
    }

    /** A candidate with a score. */
    public record Scored(String candidate, double score) {}
}
