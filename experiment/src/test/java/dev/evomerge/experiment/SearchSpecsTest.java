package dev.evomerge.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeException;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Fidelity;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Step;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SearchSpecsTest {

    private static final Path CORPUS = Path.of("../crds/src/test/resources/corpus/valid");

    @Test
    void aHybridOfTwoStages() throws IOException {
        var earlier = RecipeFormat.parse("""
                merge_method: dare_ties
                base_model: base
                models:
                  - {model: japanese, parameters: {weight: 0.6, density: 0.5}}
                  - {model: maths, parameters: {weight: 0.4, density: 0.5}}
                """);
        SearchSpec search = SearchSpecs.of(spec("hybrid"), facts(Map.of("weights", List.of(earlier))));

        var weights = search.stages().get(0);
        assertThat(weights.space())
                .isEqualTo(new Space.ParameterSpace(
                        MergeMethod.DARE_TIES,
                        List.of("japanese", "maths"),
                        Optional.of(8),
                        List.of(Space.TensorKind.ATTENTION, Space.TensorKind.MLP),
                        new Space.Bounds(0, 1),
                        new Space.Bounds(0.05, 1),
                        false));
        assertThat(weights.algorithm())
                .isEqualTo(new Algorithm.CmaEs(
                        Optional.empty(),
                        Optional.empty(),
                        Algorithm.Covariance.FULL,
                        Algorithm.Restarts.BIPOP,
                        Algorithm.Noise.LEARNING_RATE));
        assertThat(weights.fidelity()).isEqualTo(new Fidelity.Estimation(100, 40));
        assertThat(weights.warmStart()).containsExactly(earlier);

        var paths = search.stages().get(1);
        assertThat(paths.space())
                .isEqualTo(new Space.DataFlowSpace(
                        List.of("stages.weights", "japanese"),
                        3,
                        Space.PathEncoding.PAPER,
                        new Space.Bounds(0.5, 1.5)));
        assertThat(paths.fidelity()).isEqualTo(new Fidelity.Racing(100, 16, 0.1, 0.02));
        assertThat(paths.inject()).singleElement().isInstanceOf(LayerPath.class);
        assertThat(paths.budget().generations()).contains(100);
    }

    @Test
    void severalObjectives() throws IOException {
        SearchSpec search = SearchSpecs.of(spec("pareto"), facts(Map.of()));

        assertThat(search.objectives())
                .containsExactly(
                        new SearchSpec.Objective("accuracy", SearchSpec.Goal.MAXIMIZE),
                        new SearchSpec.Objective("length", SearchSpec.Goal.MINIMIZE),
                        new SearchSpec.Objective("inJapanese", SearchSpec.Goal.MAXIMIZE));
        assertThat(search.stages().getFirst().algorithm()).isEqualTo(new Algorithm.Nsga2(20));
        assertThat(new Search(search).next(List.of())).isInstanceOf(Step.Evaluate.class);
    }

    @Test
    void whereTheSpecDoesNotSayWhatMeasuresBestIsAsked() throws IOException {
        var weights = spec("minimal");

        assertThat(fidelity(weights, facts(Map.of()))).isEqualTo(Fidelity.recommended(100));
        assertThat(fidelity(spec("minimal", "      fidelity: {all: {}}\n"), facts(Map.of())))
                .isEqualTo(new Fidelity.AllQuestions());
        // Nothing of the kind was measured for several objectives.
        assertThat(fidelity(spec("pareto"), facts(Map.of()))).isEqualTo(new Fidelity.AllQuestions());
    }

    @Test
    void aSearchThatAnOlderVersionBeganGoesOnAskingAllQuestions() throws IOException {
        var now = facts(Map.of());
        var older =
                new Facts(now.apiVersion(), now.models(), now.data(), now.dtype(), now.warmStart(), Optional.empty());

        assertThat(fidelity(spec("minimal"), older)).isEqualTo(new Fidelity.AllQuestions());
    }

    private static Fidelity fidelity(MergeExperimentSpec spec, Facts facts) {
        return SearchSpecs.of(spec, facts).stages().getFirst().fidelity();
    }

    /** The path of the manifest ends in the middle of a model, which the paper's encoding cannot say. */
    @Test
    void aPathOutsideTheSpaceIsRefusedWithItsStage() throws IOException {
        SearchSpec search = SearchSpecs.of(spec("hybrid"), facts(Map.of()));

        assertThatThrownBy(() -> new Search(search))
                .isInstanceOf(SearchException.class)
                .hasMessage("stage 'paths': the last hop must be layer 3 of stages.weights, found layer 1 of japanese");
    }

    @Test
    void anInjectedTextThatIsNoRecipeIsRefusedWithItsPlace() throws IOException {
        var spec = Serialization.unmarshal(
                Files.readString(CORPUS.resolve("hybrid.yaml")).replace("layer_path:", "layer_pat:"),
                MergeExperiment.class);

        assertThatThrownBy(() -> SearchSpecs.of(spec.getSpec(), facts(Map.of())))
                .isInstanceOf(RecipeException.class)
                .hasMessageStartingWith("stage 'paths': inject[0]: ")
                .hasMessageContaining("layer_pat");
    }

    private static MergeExperimentSpec spec(String name) throws IOException {
        return Serialization.unmarshal(Files.readString(CORPUS.resolve(name + ".yaml")), MergeExperiment.class)
                .getSpec();
    }

    /** With lines more for its first stage. */
    private static MergeExperimentSpec spec(String name, String more) throws IOException {
        String text = Files.readString(CORPUS.resolve(name + ".yaml")).replaceFirst("      budget: .*\n", "$0" + more);
        return Serialization.unmarshal(text, MergeExperiment.class).getSpec();
    }

    private static Facts facts(Map<String, List<Recipe>> warmStart) {
        var model = new Facts.Model(4, 1000, Optional.empty());
        var data = new Facts.Data("a".repeat(64), 100, Optional.empty());
        return Facts.of(
                Map.of("base", model, "japanese", model, "maths", model),
                Map.of(
                        "multiplication/search", data,
                        "multiplication/test", data,
                        "word-problems/search", data,
                        "word-problems/test", data),
                "bfloat16",
                warmStart);
    }
}
