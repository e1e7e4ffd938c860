package dev.evomerge.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.MergeExperimentStatus.Standing;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The paper's hybrid on the node: the winner of parameter space goes into a search in data flow space, and a layer path is exported. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HybridIT {

    private static final String NAME = "hybrid";
    private static final Duration LIMIT = Duration.ofMinutes(8);
    private static final Path TEST_QUESTIONS = Trial.EXAMPLE.resolve("data/test.tsv");
    private static final int TEST_SIZE = 500;

    private Trial trial;

    @BeforeAll
    void runIt() {
        trial = new Trial();
        trial.apply(NAME, HybridIT::twoStages);
        trial.awaitSucceeded(NAME, LIMIT);
    }

    @AfterAll
    void close() {
        trial.close();
    }

    private static void twoStages(Map<String, Object> spec) {
        Map<String, Object> weights = Yaml.first(spec, "stages");
        weights.put("budget", Map.of("generations", 3));
        spec.put(
                "stages",
                List.of(
                        weights,
                        Map.of(
                                "name", "paths",
                                "dataFlowSpace", Map.of("models", List.of("stages.weights", "maths"), "repeats", 2),
                                "algorithm", Map.of("cmaEs", Map.of("sigma", "0.05", "populationSize", 8)),
                                "budget", Map.of("generations", 2))));
        spec.put("baselines", List.of("Sources"));
        spec.put("finalists", 6);
    }

    /** Answers of a path, text for text, and the score that the search has given it. */
    @Test
    void aPickedLayerPathAnswersInTransformersAsItDidInItsEvaluator(@TempDir Path folder) throws IOException {
        String picked = aLayerPath();
        trial.change(NAME, spec -> Yaml.object(spec, "output").put("pick", picked));
        var status = trial.await(
                        NAME,
                        LIMIT,
                        experiment -> picked.equals(experiment.getStatus().pick())
                                && experiment.getStatus().winner().uri() != null)
                .getStatus();
        assertThat(status.winner().uri()).isEqualTo("s3://evomerge/e2e/" + NAME + "/picks/" + picked);
        trial.download("e2e/" + NAME + "/picks/" + picked, folder);

        List<String> answers = Transformers.answers(folder, TEST_QUESTIONS, 32, Transformers.TRUST_REMOTE_CODE);

        assertThat(Engine.answers(folder, TEST_QUESTIONS, 32))
                .as("our answers in F32, text for text")
                .isEqualTo(answers);
        assertThat(Outcomes.differ(Outcomes.of(answers, TEST_QUESTIONS), trial.testOutcomes(picked, NAME)))
                .as("questions on which the evaluator's BF16 decides otherwise than F32")
                .isLessThanOrEqualTo(TEST_SIZE / 50);
    }

    /** The best finalist but the winner that is a path through layers with a scale: to pick the winner exports nothing anew. */
    private String aLayerPath() throws IOException {
        var status = trial.experiment(NAME).get().getStatus();
        for (Standing standing : status.table()) {
            if (standing.candidate().equals(status.winner().candidate())) {
                continue;
            }
            Recipe recipe = trial.recipe(standing.candidate(), NAME);
            if (recipe instanceof LayerPath path && path.hops().stream().anyMatch(hop -> hop.scale() != 1)) {
                return standing.candidate();
            }
        }
        throw new AssertionError("no finalist is a layer path with scales");
    }
}
