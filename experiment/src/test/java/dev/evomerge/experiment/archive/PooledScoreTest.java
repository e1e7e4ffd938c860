package dev.evomerge.experiment.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.search.Batch;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PooledScoreTest {

    private static final String TASK = "sums/search";

    @Test
    void whatACandidateAnsweredInSeveralBatchesCountsTogether() {
        var batches = List.of(
                batch(0, Batch.Kind.BASELINES, result("source-maths", "1111")),
                batch(1, Batch.Kind.GENERATION, result("a", "10"), result("b", "11"), missing("c")),
                batch(2, Batch.Kind.GENERATION, result("a", "111111")));

        var scores = PooledScore.of(batches, TASK, "accuracy");

        assertThat(scores).containsExactly(new PooledScore("a", 8, 7 / 8.0), new PooledScore("b", 2, 1));
        // b had luck; what a is worth is known better, and the search asked it more.
        assertThat(scores.stream().sorted(PooledScore.bestFirst(true)).map(PooledScore::candidate))
                .containsExactly("a", "b");
    }

    @Test
    void amongThoseWithAsManyAnswersTheGoalDecides() {
        var scores = List.of(new PooledScore("a", 10, 0.5), new PooledScore("b", 10, 0.7));

        assertThat(scores.stream().min(PooledScore.bestFirst(true))).hasValue(scores.getLast());
        assertThat(scores.stream().min(PooledScore.bestFirst(false))).hasValue(scores.getFirst());
    }

    private static RecordedBatch batch(int number, Batch.Kind kind, CandidateResult... results) {
        return new RecordedBatch(
                CandidateManifest.API_VERSION,
                number,
                kind,
                "",
                "",
                Optional.empty(),
                Optional.empty(),
                List.of(results));
    }

    private static CandidateResult result(String candidate, String outcomes) {
        double accuracy = outcomes.chars().map(right -> right - '0').average().orElseThrow();
        return new CandidateResult(
                CandidateManifest.API_VERSION,
                "",
                candidate,
                Map.of(TASK, new TaskResult(outcomes, Map.of("accuracy", accuracy))),
                List.of(accuracy),
                Optional.empty(),
                new CandidateResult.Cost(0, 0, 0, 0));
    }

    private static CandidateResult missing(String candidate) {
        return CandidateResult.missing("", candidate, CandidateResult.Failure.TIMEOUT);
    }
}
