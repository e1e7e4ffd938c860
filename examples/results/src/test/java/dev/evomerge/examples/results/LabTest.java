package dev.evomerge.examples.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabTest {

    private static final Path EXAMPLES = Path.of("..");
    private static final CaseStudy STUDY = CaseStudy.MATHS_JA;

    @TempDir
    private Path work;

    @BeforeAll
    static void oneThread() {
        Torch.setThreads(1);
    }

    private static WeightMerge sum(double weight) {
        var sources = STUDY.specialists().stream()
                .map(name -> Source.of(name, Map.of("weight", weight)))
                .toList();
        return WeightMerge.of(MergeMethod.TASK_ARITHMETIC, Optional.of(Study.BASE), sources, Map.of(), 0);
    }

    private static Recipe asItIs(String embeddings, String model) throws IOException {
        return new LayerPath(
                embeddings,
                IntStream.range(0, STUDY.layers(EXAMPLES))
                        .mapToObj(layer -> new Hop(model, layer, 1))
                        .toList());
    }

    @Test
    void whatWasAskedIsNotAskedAgain() throws Exception {
        var recipes = List.<Recipe>of(sum(1), sum(0.5));
        List<CandidateResult> first = new Lab(STUDY, EXAMPLES, work).ask("selection", recipes, Map.of());
        List<CandidateResult> again = new Lab(STUDY, EXAMPLES, work).ask("selection", recipes.reversed(), Map.of());
        // Equal to the last bit of the seconds: it was read, not measured.
        assertThat(again.reversed()).isEqualTo(first);
        assertThat(first.getFirst().fitness().getFirst())
                .isGreaterThan(2 * first.getLast().fitness().getFirst());
        try (var kept = Files.list(work.resolve(STUDY.folder()))) {
            assertThat(kept).hasSize(2);
        }
    }

    @Test
    void aMadeModelsOwnLayersAnswerAsTheModel() throws Exception {
        var lab = new Lab(STUDY, EXAMPLES, work);
        CandidateResult merged = lab.ask("selection", List.of(sum(1)), Map.of()).getFirst();
        CandidateResult walked = lab.ask(
                        "selection",
                        List.of(asItIs("stages.weights", "stages.weights")),
                        Map.of("stages.weights", sum(1)))
                .getFirst();
        assertThat(walked.tasks()).isEqualTo(merged.tasks());
    }
}
