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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
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
        var ids = new ArrayList<>(scores.keySet());
        var candidates = ids.stream().map(id -> new Candidate(id, ANY.recipe())).toList();
        var evaluations = IntStream.range(0, ids.size())
                .mapToObj(i -> new Evaluation(
                        ids.get(i),
                        new Evaluation.Scored(Map.of(
                                Split.SEARCH,
                                new Evaluation.Scores(new double[] {scores.get(ids.get(i))}, new double[0])))))
                .toList();
        return new EvaluatedBatch(
                new Batch(number, Batch.Kind.GENERATION, stage, candidates, Set.of(Split.SEARCH)),
                new BatchRecord(number, evaluations),
                ExperimentFacts.Cost.NONE);
    }
}
