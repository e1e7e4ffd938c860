package dev.evomerge.merge.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.merge.OpenModel;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdaptedModelTest {

    private static final String TENSOR = "model.layers.1.self_attn.k_proj.weight";
    private static final String STEM = "base_model.model.model.layers.1.self_attn.k_proj";
    private static final int HIDDEN = 16;
    private static final int RANK = 4;

    @TempDir
    Path folder;

    private Map<String, float[]> base;

    @BeforeEach
    void writeBase() throws IOException {
        base = TestModels.write(
                folder.resolve("base"),
                TestModels.llama(DType.F32, 2, HIDDEN, 20, true),
                TestModels.config(2, HIDDEN, 20, true),
                1,
                Map.of());
    }

    private Map<String, float[]> writeAdapter(String config, String stem, int rows) throws IOException {
        var tensors = new TreeMap<String, TensorInfo>();
        tensors.put(stem + ".lora_A.weight", TensorInfo.of(DType.F32, RANK, HIDDEN));
        tensors.put(stem + ".lora_B.weight", TensorInfo.of(DType.F32, rows, RANK));
        Path adapter = folder.resolve("adapter");
        var values = TestModels.write(adapter, tensors, "{}", 2, Map.of());
        Files.move(adapter.resolve("model.safetensors"), adapter.resolve("adapter_model.safetensors"));
        Files.writeString(adapter.resolve("adapter_config.json"), config);
        return values;
    }

    private OpenModel open() throws IOException {
        String uri = folder.toUri().toString().replaceFirst("file:/+", "file:///");
        return OpenModel.open(uri + "base+" + uri + "adapter", new StorageAccess(Map.of()));
    }

    @ParameterizedTest
    @CsvSource({"false, 2.0", "true, 4.0"})
    void addsTheScaledProduct(boolean stabilised, double scale) throws IOException {
        var values = writeAdapter(
                "{\"peft_type\": \"LORA\", \"lora_alpha\": 8, \"r\": 4, \"use_rslora\": %s}".formatted(stabilised),
                STEM,
                HIDDEN / 2);
        float[] a = values.get(STEM + ".lora_A.weight");
        float[] b = values.get(STEM + ".lora_B.weight");
        try (OpenModel model = open()) {
            float[] adapted = model.source().load(TENSOR, Arena.ofAuto()).toArray(ValueLayout.JAVA_FLOAT);
            for (int i = 0; i < adapted.length; i++) {
                double expected = base.get(TENSOR)[i];
                for (int k = 0; k < RANK; k++) {
                    expected += scale * b[i / HIDDEN * RANK + k] * a[k * HIDDEN + i % HIDDEN];
                }
                assertThat((double) adapted[i]).isCloseTo(expected, within(1e-7));
            }
            String other = "model.layers.0.self_attn.k_proj.weight";
            float[] untouched = model.source().load(other, Arena.ofAuto()).toArray(ValueLayout.JAVA_FLOAT);
            assertThat(untouched).isEqualTo(base.get(other));
        }
    }

    @Test
    void refusesWhatItWouldGetWrong() throws IOException {
        writeAdapter(
                "{\"peft_type\": \"LORA\", \"lora_alpha\": 8, \"use_dora\": true, \"modules_to_save\": [\"lm_head\"]}",
                "base_model.model.model.layers.7.self_attn.k_proj",
                HIDDEN / 2);
        assertThatThrownBy(this::open)
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("use_dora is not supported, found true")
                .hasMessageContaining("modules_to_save is not supported")
                .hasMessageContaining("adapts 'model.layers.7.self_attn.k_proj.weight', which");
    }

    @Test
    void refusesShapesThatDoNotFit() throws IOException {
        writeAdapter("{\"peft_type\": \"LORA\", \"lora_alpha\": 8}", STEM, HIDDEN);
        assertThatThrownBy(this::open).hasMessageContaining("do not fit F32[8, 16] of '" + TENSOR + "'");
    }
}
