package dev.evomerge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.e2e.Trial.Result;
import dev.evomerge.storage.Storage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Whole experiments on the node, disturbed and undisturbed: the same winner, byte for byte. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExperimentIT {

    private static final Duration LIMIT = Duration.ofMinutes(6);

    private Trial trial;
    private Result undisturbed;

    @BeforeAll
    void runUndisturbed() {
        trial = new Trial();
        trial.apply(trial.example("undisturbed", ExperimentIT::shorten));
        undisturbed = trial.awaitSucceeded("undisturbed", LIMIT);
    }

    @AfterAll
    void close() {
        trial.close();
    }

    /** Long enough to be disturbed in the middle, short enough for a test. */
    private static void shorten(Map<String, Object> spec) {
        Json.object(Json.first(spec, "stages"), "budget").clear();
        Json.object(Json.first(spec, "stages"), "budget").put("generations", 4);
    }

    @Test
    void theWinnerIsACompleteModelThatTransformersAgreesWith(@TempDir Path folder) throws Exception {
        try (Storage bucket = trial.bucket("e2e/undisturbed")) {
            Folders.download(bucket, folder);
        }
        assertThat(folder)
                .isDirectoryContaining(file -> file.endsWith("config.json"))
                .isDirectoryContaining(file -> file.endsWith("tokenizer.json"))
                .isDirectoryContaining(file -> file.endsWith("README.md"))
                .isDirectoryContaining(file -> file.toString().endsWith(".safetensors"));

        Path questions = Path.of("../examples/maths-ja/data/test.tsv");
        assertThat(Oracle.transformersAnswers(folder, questions))
                .as("answers of transformers and of evomerge evaluate on the exported model")
                .isEqualTo(EvomergeCli.answers(folder, questions));
    }

    @Test
    void theReportedScoreIsWhatTheTestQuestionsGive(@TempDir Path folder) throws Exception {
        try (Storage bucket = trial.bucket("e2e/undisturbed")) {
            Folders.download(bucket, folder);
        }
        Path questions = Path.of("../examples/maths-ja/data/test.tsv");
        long right = 0;
        var answers = Oracle.transformersAnswers(folder, questions);
        var expected = Files.readAllLines(questions);
        for (int i = 0; i < expected.size(); i++) {
            String answer = answers.get(i);
            right += answer.substring(answer.lastIndexOf(':') + 1).strip().equals(expected.get(i).split("\t")[1]) ? 1 : 0;
        }
        assertThat(undisturbed.testScore()).isEqualTo((double) right / expected.size());
        assertThat(undisturbed.testScore()).isBetween(undisturbed.low(), undisturbed.high());
    }

    @Test
    void aKilledOperatorAndADeletedEvaluatorChangeNothing() {
        trial.apply(trial.example("disturbed", ExperimentIT::shorten));

        trial.awaitRunningEvaluator("disturbed", "g0001");
        trial.killOperator();
        trial.awaitRunningEvaluator("disturbed", "g0002").delete();

        assertThat(trial.awaitSucceeded("disturbed", LIMIT)).isEqualTo(undisturbed);
    }

    @Test
    void suspendingAndResumingChangesNothing() {
        trial.apply(trial.example("suspended", ExperimentIT::shorten));

        trial.awaitRunningEvaluator("suspended", "g0002");
        trial.suspend("suspended", true);
        trial.awaitNoEvaluators("suspended", Duration.ofMinutes(1));
        trial.suspend("suspended", false);

        assertThat(trial.awaitSucceeded("suspended", LIMIT)).isEqualTo(undisturbed);
    }

    @Test
    void anImageThatCannotBePulledIsSaidWithinThirtySeconds() {
        trial.apply(trial.example("no-image", spec -> Json.object(spec, "evaluation")
                .put("template", Map.of("image", "localhost/no-such-image:1", "imagePullPolicy", "IfNotPresent"))));

        var condition = trial.awaitCondition("no-image", "Ready", "ImageCannotBePulled", Duration.ofSeconds(30));

        assertThat(condition.get("message").toString()).contains("localhost/no-such-image:1");
        trial.delete("no-image");
    }
}
