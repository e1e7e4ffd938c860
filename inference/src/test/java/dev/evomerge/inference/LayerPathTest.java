package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Layer paths against a plain PyTorch loop without caches. */
class LayerPathTest {

    private Map<String, ResidentModel> models;

    @BeforeEach
    void load() throws IOException {
        models = Map.of(
                "llama", Fixture.read("llama").load(DType.F32),
                "llama-scaled", Fixture.read("llama-scaled").load(DType.F32),
                "qwen2", Fixture.read("qwen2").load(DType.F32));
    }

    @AfterEach
    void free() {
        models.values().forEach(ResidentModel::close);
    }

    @Test
    void scalesMultiplyWhatTheHopBeforeLeft() throws IOException {
        Fixture fixture = Fixture.read("path");
        var hops = new ArrayList<Hop>();
        for (JsonNode hop : new ObjectMapper()
                .readTree(Fixture.ROOT.resolve("path/path.json").toFile())) {
            hops.add(new Hop(
                    hop.get("model").textValue(),
                    hop.get("layer").intValue(),
                    hop.get("scale").doubleValue()));
        }
        try (CausalModel model = CausalModel.of(new LayerPath("llama", hops), models)) {
            float[] logits = model.logits(fixture.prompts().getFirst());
            assertThat(logits).hasSameSizeAs(fixture.logits());
            for (int i = 0; i < logits.length; i++) {
                assertThat(logits[i]).isCloseTo(fixture.logits()[i], within(1e-4f));
            }
            var options = GenerationOptions.greedy(
                            model, fixture.greedy().getFirst().size())
                    .withEndOfText(List.of())
                    .withBatchSize(4);
            assertThat(new Generator(model).generateTokens(fixture.prompts(), options))
                    .extracting(Completion::tokens)
                    .isEqualTo(fixture.greedy());
        }
    }

    @Test
    void everyLayerOnceUnscaledIsTheModelItself() throws IOException {
        Fixture fixture = Fixture.read("llama");
        try (CausalModel model = CausalModel.of(path("llama", 0, 1, 2), models)) {
            assertThat(model.hops()).isEqualTo(3);
            try (CausalModel plain = CausalModel.of(models.get("llama"))) {
                assertThat(model.logits(fixture.prompts().getFirst()))
                        .isEqualTo(plain.logits(fixture.prompts().getFirst()));
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertRefused(path("llama", 0, 3), "hop 1 of the path visits layer 3 of llama, which has 3");
        assertRefused(path("qwen", 0), "the path names the model 'qwen'");
        assertRefused(
                new LayerPath("llama", List.of(new Hop("llama", 0, 1), new Hop("qwen2", 0, 1))),
                "hop 1 of the path: qwen2 and llama do not fit together");
    }

    private void assertRefused(LayerPath path, String message) {
        assertThatThrownBy(() -> CausalModel.of(path, models))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining(message);
    }

    private static LayerPath path(String model, int... layers) {
        return new LayerPath(
                model,
                IntStream.of(layers).mapToObj(layer -> new Hop(model, layer, 1)).toList());
    }
}
