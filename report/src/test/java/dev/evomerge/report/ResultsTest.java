package dev.evomerge.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.report.ExperimentFacts.EvaluatedBatch;
import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ResultsTest {

    private static final Candidate ANY = Experiments.after(Experiments.small(), 1)
            .history()
            .getFirst()
            .batch()
            .candidates()
            .getFirst();

    @Test
    void roundsOfOneGenerationAreOneGenerationWithItsLatestScores() {
        var results = results(
                generation(0, "weights", Map.of("g0000-c00", 0.5, "g0000-c01", 0.2)),
                generation(1, "weights", Map.of("g0000-c00", 0.6)),
                generation(2, "weights", Map.of("g0002-c00", 0.4, "g0002-c01", 0.3)));

        assertThat(results.generations())
                .extracting(Results.Generation::candidates)
                .containsExactly(2, 2);
        assertThat(results.generations().getFirst().sorted(0)).containsExactly(0.2, 0.6);
        assertThat(results.best().orElseThrow().candidate().id()).isEqualTo("g0000-c00");
    }

    @Test
    void whoIsAskedMoreInTheEndIsNotBredAgainAndCountsWithAllAnswers() {
        double none = Double.NaN;
        var results = results(
                answers(0, Map.of("a", new double[] {1, 1, none, none}, "b", new double[] {0, 1, none, none})),
                answers(1, Map.of("b", new double[] {none, none, 1, 1}, "mean", new double[] {none, none, 1, 0})));

        assertThat(results.generations()).hasSize(1);
        assertThat(results.evaluated()).isEqualTo(2);
        var best = results.best().orElseThrow();
        assertThat(best.candidate().id()).isEqualTo("b");
        assertThat(best.asked()).isEqualTo(4);
        assertThat(best.objectives()).containsExactly(0.75);
    }

    @Test
    void aScoreThatIsNoNumberIsAFailure() {
        var results = results(generation(0, "weights", Map.of("g0000-c00", Double.NaN, "g0000-c01", 0.2)));

        assertThat(results.failures()).containsExactly(new Results.Failure(0, "g0000-c00", "NotFinite"));
        assertThat(results.bred()).hasSize(1);
    }

    @Test
    void theBudgetIsKnownFromPopulationAndGenerations() {
        assertThat(new Results(Experiments.after(Experiments.twoStages(), 0)).budget())
                .hasValue(192);
        assertThat(new Results(Experiments.after(Experiments.twoStages(), 0)).generationBudget())
                .hasValue(24);
    }

    @Test
    void quantilesAreInterpolated() {
        double[] sorted = {1, 2, 4, 8};

        assertThat(Progress.quantile(sorted, 0.5)).isEqualTo(3);
        assertThat(Progress.quantile(sorted, 0.25)).isEqualTo(1.75);
        assertThat(Progress.quantile(new double[] {7}, 0.75)).isEqualTo(7);
    }

    @Test
    void axesEndAtRoundTicksAroundTheValues() {
        Axis axis = Axis.covering(0.23, 0.71, 6, 100, 0);

        assertThat(axis.ticks()).hasSize(7).first().isEqualTo(0.2);
        assertThat(axis.high()).isBetween(0.71, 0.81);
        assertThat(axis.at(axis.low())).isEqualTo(100);
        assertThat(Axis.covering(0.5, 0.5, 6, 0, 1).ticks()).hasSizeGreaterThan(1);
        assertThat(Axis.covering(0, 0, 6, 0, 1).high()).isGreaterThan(0);
    }

    @Test
    void sharesArePercentAndOtherMeasuresPlain() {
        var share = Measure.of(
                new Objective("accuracy", Goal.MAXIMIZE),
                DoubleStream.of(0.2, 0.8).summaryStatistics());
        var loss = Measure.of(
                new Objective("loss", Goal.MINIMIZE), DoubleStream.of(0.2, 0.8).summaryStatistics());

        assertThat(share.value(0.713)).isEqualTo("71.3\u202f%");
        assertThat(share.difference(-0.05)).isEqualTo("\u22125.0");
        assertThat(loss.value(0.713)).isEqualTo("0.713");
        assertThat(loss.better(0.1, 0.2)).isTrue();
        assertThat(Numbers.fixed(-0.0001, 2)).isEqualTo("0.00");
    }

    private static Results results(EvaluatedBatch... history) {
        var next = new Step.Evaluate(history[history.length - 1].batch());
        return new Results(Experiments.facts("research", "any", Experiments.small(), List.of(history), next));
    }

    private static EvaluatedBatch generation(int number, String stage, Map<String, Double> scores) {
        var byCandidate = new TreeMap<String, Evaluation.Scores>();
        scores.forEach((id, score) -> byCandidate.put(id, new Evaluation.Scores(new double[] {score}, new double[0])));
        return batch(number, stage, byCandidate);
    }

    private static EvaluatedBatch answers(int number, Map<String, double[]> items) {
        var byCandidate = new TreeMap<String, Evaluation.Scores>();
        items.forEach((id, values) -> {
            double mean = Arrays.stream(values)
                    .filter(value -> !Double.isNaN(value))
                    .average()
                    .orElseThrow();
            byCandidate.put(id, new Evaluation.Scores(new double[] {mean}, values));
        });
        return batch(number, "weights", byCandidate);
    }

    private static EvaluatedBatch batch(int number, String stage, SortedMap<String, Evaluation.Scores> scores) {
        var candidates = scores.keySet().stream()
                .map(id -> new Candidate(id, ANY.recipe()))
                .toList();
        var evaluations = scores.entrySet().stream()
                .map(entry ->
                        new Evaluation(entry.getKey(), new Evaluation.Scored(Map.of(Split.SEARCH, entry.getValue()))))
                .toList();
        return new EvaluatedBatch(
                new Batch(number, Batch.Kind.GENERATION, stage, candidates, Set.of(Split.SEARCH)),
                new BatchRecord(number, evaluations),
                ExperimentFacts.Cost.NONE);
    }
}
