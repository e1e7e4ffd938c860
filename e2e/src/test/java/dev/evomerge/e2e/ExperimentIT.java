package dev.evomerge.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.storage.Storage;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Whole experiments on the node, disturbed and undisturbed: the same winner, byte for byte. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExperimentIT {

    private static final Duration LIMIT = Duration.ofMinutes(8);
    private static final Path TEST_QUESTIONS = Trial.EXAMPLE.resolve("data/test.tsv");

    private static final int TEST_SIZE = 500;

    private Trial trial;
    private MergeExperiment undisturbed;

    @BeforeAll
    void runUndisturbed() {
        trial = new Trial();
        trial.apply("undisturbed", ExperimentIT::shorten);
        undisturbed = trial.awaitSucceeded("undisturbed", LIMIT);
    }

    @AfterAll
    void close() {
        trial.close();
    }

    /** Long enough to be disturbed in the middle, short enough for a test. */
    private static void shorten(Map<String, Object> spec) {
        Map<String, Object> stage = Yaml.first(spec, "stages");
        stage.put("budget", Map.of("generations", 4, "evaluations", 4 * 8));
        spec.put("baselines", List.of("Sources", "UniformSoup", "HalfBlend"));
        spec.put("finalists", 2);
    }

    @Test
    void theWinnerIsACompleteModelThatAnswersTheSameInTransformers(@TempDir Path folder) throws Exception {
        trial.download("e2e/undisturbed", folder);
        assertThat(names(folder))
                .contains(
                        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "README.md")
                .contains("model.safetensors", "mergekit_config.yml");

        List<String> answers = Transformers.answers(folder, TEST_QUESTIONS, 32);
        assertThat(Engine.answers(folder, TEST_QUESTIONS, 32))
                .as("our answers in F32, text for text")
                .isEqualTo(answers);
        assertThat(Outcomes.differ(Outcomes.of(answers, TEST_QUESTIONS), winnersOutcomes()))
                .as(
                        "questions on which the evaluator's BF16, whose rounding can decide between two nearly equal tokens, differs from F32: 1 to 6 of 500 were seen")
                .isLessThanOrEqualTo(TEST_SIZE / 50);
    }

    @Test
    void theReportedScoreIsTheWinnersShareOfRightAnswers() throws IOException {
        String outcomes = winnersOutcomes();
        double share =
                (double) outcomes.chars().filter(outcome -> outcome == '1').count() / TEST_SIZE;

        var test = undisturbed.getStatus().winner().test();

        assertThat(outcomes).hasSize(TEST_SIZE);
        assertThat(Double.parseDouble(test.score())).isCloseTo(share, within(5e-5));
        assertThat(share).isBetween(Double.parseDouble(test.low()), Double.parseDouble(test.high()));
    }

    @Test
    void aKilledOperatorAndADeletedEvaluatorChangeNothing() {
        trial.apply("disturbed", ExperimentIT::shorten);

        trial.awaitRunningEvaluator("disturbed", "g0001");
        trial.killOperator();
        trial.awaitRunningEvaluator("disturbed", "g0002").delete();

        assertSameAsUndisturbed(trial.awaitSucceeded("disturbed", LIMIT));
    }

    @Test
    void suspendingAndResumingChangesNothing() {
        trial.apply("suspended", ExperimentIT::shorten);

        trial.awaitRunningEvaluator("suspended", "g0002");
        trial.suspend("suspended", true);
        trial.awaitReason("suspended", "Ready", "Suspended", Duration.ofMinutes(1));
        trial.awaitNoRunningEvaluator("suspended", "g0002", Duration.ofMinutes(1));
        trial.suspend("suspended", false);

        assertSameAsUndisturbed(trial.awaitSucceeded("suspended", LIMIT));
    }

    @Test
    void upgradingTheOperatorInTheMiddleChangesNothing() {
        trial.release("previous");
        try {
            trial.apply("upgraded", ExperimentIT::shorten);
            trial.awaitRunningEvaluator("upgraded", "g0001");
        } finally {
            trial.release("current");
        }

        assertSameAsUndisturbed(trial.awaitSucceeded("upgraded", LIMIT));
    }

    @Test
    void modelsAreKeptForTheNextPods(@TempDir Path volume) throws IOException {
        trial.claim("models", volume);
        trial.apply("cached", spec -> {
            shorten(spec);
            Yaml.object(Yaml.object(spec, "evaluation"), "template").put("modelCache", Map.of("claimName", "models"));
        });

        assertSameAsUndisturbed(trial.awaitSucceeded("cached", LIMIT));
        assertThat(names(volume))
                .filteredOn(name -> !name.endsWith(".lock"))
                .as("a file for each of two models and their base")
                .hasSize(3);
    }

    @Test
    void modelsOnAClaimAndTheirResultOnAnother(@TempDir Path sources, @TempDir Path results) throws IOException {
        copy(Trial.EXAMPLE.resolve("models"), sources);
        trial.claim("sources", sources);
        trial.claim("results", results);
        trial.apply("claims", spec -> {
            shorten(spec);
            Yaml.list(spec, "models").forEach(model -> model.put("uri", "pvc://sources/" + model.get("name")));
            Yaml.object(spec, "base").put("uri", "pvc://sources/base");
            Yaml.object(spec, "output").put("uri", "pvc://results/winner");
        });

        var status = trial.awaitSucceeded("claims", LIMIT).getStatus();

        assertThat(status.winner().recipe())
                .isEqualTo(undisturbed.getStatus().winner().recipe());
        assertThat(status.table()).isEqualTo(undisturbed.getStatus().table());
        assertThat(status.winner().uri()).isEqualTo("pvc://results/winner");
        try (Storage output = trial.bucket("e2e/undisturbed")) {
            assertThat(Files.readAllBytes(results.resolve("winner/model.safetensors")))
                    .isEqualTo(output.read("model.safetensors"));
        }
        assertThat(sources).as("what is only read").isDirectoryNotContaining(file -> !Files.isDirectory(file));
    }

    @Test
    void modelsInAnImage() {
        trial.image("localhost/maths-ja:1", Trial.EXAMPLE.resolve("models"));
        trial.apply("image", spec -> {
            shorten(spec);
            Yaml.list(spec, "models")
                    .forEach(model -> model.put("uri", "oci://localhost/maths-ja:1/" + model.get("name")));
            Yaml.object(spec, "base").put("uri", "oci://localhost/maths-ja:1/base");
        });

        assertSameAsUndisturbed(trial.awaitSucceeded("image", LIMIT));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @Test
    void applyingTheSameManifestAgainChangesNothing() {
        var before = trial.experiment("undisturbed").get();

        trial.apply("undisturbed", ExperimentIT::shorten);

        var after = trial.experiment("undisturbed").get();
        assertThat(after.getSpec()).isEqualTo(before.getSpec());
        assertThat(after.getStatus()).isEqualTo(before.getStatus());
        assertThat(after.getMetadata())
                .usingRecursiveComparison()
                .ignoringFields("resourceVersion", "managedFields")
                .isEqualTo(before.getMetadata());
        assertThat(after.getMetadata().getManagedFields())
                .filteredOn(
                        fields -> fields.getFieldsV1().getAdditionalProperties().containsKey("f:spec"))
                .as("who has written into spec")
                .extracting(ManagedFieldsEntry::getManager)
                .containsExactly("fabric8");
    }

    @Test
    void anImageThatCannotBePulledIsSaidWithinThirtySeconds() {
        trial.apply("no-image", spec -> {
            shorten(spec);
            Yaml.object(Yaml.object(spec, "evaluation"), "template").put("image", "localhost/no-such-image:1");
        });

        var condition = trial.awaitReason("no-image", "Ready", "ImageCannotBePulled", Duration.ofSeconds(30));

        assertThat(condition.getMessage()).contains("localhost/no-such-image:1");
        trial.experiment("no-image").delete();
    }

    @Test
    void deletingAnExperimentRemovesItsJobsAndKeepsItsModel() throws IOException {
        trial.apply("deleted", ExperimentIT::shorten);
        trial.awaitRunningEvaluator("deleted", "g0001");

        trial.experiment("deleted").delete();

        trial.awaitNoRunningEvaluator("deleted", "g0001", Duration.ofMinutes(1));
        assertThat(trial.experiment("deleted").get()).isNull();
        try (Storage history = trial.bucket("history/" + Trial.NAMESPACE + "/deleted")) {
            assertThat(history.list(""))
                    .extracting(Storage.Entry::path)
                    .anyMatch(path -> path.endsWith("g0000/record.json"));
        }
    }

    @Test
    void deletingAnExperimentWithItsResultsRemovesThem() throws IOException {
        trial.apply("removed", spec -> {
            shorten(spec);
            spec.put("deletionPolicy", "Delete");
        });
        trial.awaitRunningEvaluator("removed", "g0000");

        trial.experiment("removed").delete();

        trial.experiment("removed").waitUntilCondition(Objects::isNull, 1, TimeUnit.MINUTES);
        try (Storage history = trial.bucket("history/" + Trial.NAMESPACE + "/removed")) {
            assertThat(history.list("")).isEmpty();
        }
    }

    private void assertSameAsUndisturbed(MergeExperiment disturbed) {
        assertThat(disturbed.getStatus().winner())
                .usingRecursiveComparison()
                .ignoringFields("uri", "recipeUri")
                .isEqualTo(undisturbed.getStatus().winner());
        assertThat(disturbed.getStatus().table())
                .isEqualTo(undisturbed.getStatus().table());
    }

    private String winnersOutcomes() throws IOException {
        return trial.testOutcomes(undisturbed.getStatus().winner().candidate(), "undisturbed");
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
