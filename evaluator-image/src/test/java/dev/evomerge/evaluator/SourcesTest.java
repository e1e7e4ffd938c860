package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourcesTest {

    private static final String TENSOR = "model.layers.1.self_attn.k_proj.weight";

    private static final StorageAccess NONE = new StorageAccess(Map.of());

    @Test
    void makesModelsThatAreMadeOfOthers() throws IOException {
        Map<String, ModelRef> models = models();
        models.put("stages.first", ModelRef.madeBy(Work.merge(0.5, 0.5)));
        models.put("stages.second", ModelRef.madeBy(Work.alone("stages.first")));
        try (Sources sources = Sources.open(models, List.of(Work.alone("stages.second")), NONE, 1)) {
            TensorSource second = sources.source("stages.second");
            assertThat(second.tensors()).isEqualTo(sources.source("base").tensors());
            assertThat(sources.source("stages.second")).isSameAs(second);
            assertThat(second.load(TENSOR, Arena.global())
                            .mismatch(sources.source("stages.first").load(TENSOR, Arena.global())))
                    .isEqualTo(-1);
            assertThat(sources.source("maths").name()).endsWith("models/maths");
        }
    }

    @Test
    void hasOneCopyOfWhatPathsAndMergesUse() throws IOException {
        Map<String, ModelRef> models = models();
        models.put("winner", ModelRef.madeBy(Work.merge(0.5, 0.5)));
        List<Recipe> recipes = List.of(Work.path("winner 0 1, maths 1 0.5, winner 1 1"), Work.alone("winner"));
        try (Sources sources = Sources.open(models, recipes, NONE, 1)) {
            sources.load();
            Map<String, ResidentModel> residents = sources.residents(List.of("winner", "maths"));
            assertThat(sources.residents(List.of("maths")).get("maths")).isSameAs(residents.get("maths"));
            MemorySegment runs = residents.get("winner").data(TENSOR).orElseThrow();
            MemorySegment merges = sources.merger().models().get("winner").load(TENSOR, Arena.global());
            assertThat(merges.address()).isEqualTo(runs.address());
            assertThat(sources.merger().models())
                    .as("what only paths and the winner's own recipe use")
                    .containsOnlyKeys("winner");
        }
    }

    @Test
    void opensOnlyWhatIsNeeded() throws IOException {
        Map<String, ModelRef> models = models();
        models.put("japanese", ModelRef.at("file:///nowhere"));
        try (Sources sources = Sources.open(models, List.of(Work.alone("maths")), NONE, 1)) {
            assertThat(sources.merger().models()).containsOnlyKeys("maths");
        }
        assertThatThrownBy(() -> Sources.open(models, List.of(Work.alone("japanese")), NONE, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("file:///nowhere");
    }

    @Test
    void refusesModelsThatAreMadeOfThemselves() {
        Map<String, ModelRef> models = models();
        models.put("a", ModelRef.madeBy(Work.alone("b")));
        models.put("b", ModelRef.madeBy(Work.alone("a")));
        assertThatThrownBy(() -> Sources.open(models, List.of(Work.alone("a")), NONE, 1))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("'a' is made of itself: a of b");
        assertThatThrownBy(() -> Sources.open(models, List.of(Work.alone("c")), NONE, 1))
                .isInstanceOf(ContractException.class)
                .hasMessageContaining("names the model 'c', expected one of [a, b, base, japanese, maths]");
    }

    private static Map<String, ModelRef> models() {
        Map<String, ModelRef> models = new HashMap<>();
        Path folder = Path.of("../examples/maths-ja/models").toAbsolutePath().normalize();
        Work.MODELS.forEach(name -> models.put(name, ModelRef.at("file://" + folder.resolve(name))));
        return models;
    }
}
