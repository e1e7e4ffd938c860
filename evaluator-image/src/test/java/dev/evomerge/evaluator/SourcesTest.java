package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourcesTest {

    private static final StorageAccess NONE = new StorageAccess(Map.of());

    @Test
    void makesModelsThatAreMadeOfOthers() throws IOException {
        Map<String, ModelRef> models = models();
        models.put("stages.first", ModelRef.madeBy(Work.merge(0.5, 0.5)));
        models.put("stages.second", ModelRef.madeBy(Work.alone("stages.first")));
        try (Sources sources = Sources.open(models, List.of(Work.alone("stages.second")), NONE, 1)) {
            assertThat(sources.loaded("stages.second").tensors())
                    .isEqualTo(sources.loaded("base").tensors());
            assertThat(sources.streamed("stages.second").name())
                    .isEqualTo(sources.loaded("stages.second").name());
            assertThat(sources.streamed("maths").name()).endsWith("models/maths");
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
