package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.inference.torch.OutOfDeviceMemoryException;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResidentModelTest {

    private static final String OUTPUT = "model.layers.1.mlp.down_proj.weight";

    private final Fixture fixture;

    ResidentModelTest() throws IOException {
        fixture = Fixture.read("llama");
    }

    /** A thousand candidates are written where the last one was; each runs as itself, and the process does not grow. */
    @Test
    void aThousandCandidatesInARow() throws IOException {
        Fixture other = Fixture.read("llama-linear");
        int[] prompt = fixture.prompts().getFirst();
        try (ResidentModel weights = fixture.load(DType.F32);
                CausalModel model = CausalModel.of(weights)) {
            var generator = new Generator(model);
            var options = GenerationOptions.greedy(model, 8).withEndOfText(List.of());
            List<Integer> one = answer(generator, prompt, options);
            assertThat(one).isEqualTo(fixture.greedy().getFirst().subList(0, 8));
            write(weights, other.model());
            List<Integer> two = answer(generator, prompt, options);
            assertThat(two).isNotEqualTo(one);
            long before = 0;
            for (int candidate = 0; candidate < 1000; candidate++) {
                write(weights, candidate % 2 == 0 ? fixture.model() : other.model());
                assertThat(answer(generator, prompt, options)).isEqualTo(candidate % 2 == 0 ? one : two);
                if (candidate == 300) {
                    before = residentBytes();
                }
            }
            assertThat(residentBytes() - before).isLessThan(24L << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatIsWrittenRunsOnOtherDevicesToo(int devices) throws IOException {
        Fixture other = Fixture.read("llama-linear");
        int[] prompt = fixture.prompts().getFirst();
        try (ResidentModel weights = fixture.load(DType.F32)) {
            List<List<Integer>> answers = new ArrayList<>();
            try (ResidentModel elsewhere = weights.on(Collections.nCopies(devices, Device.cpu()));
                    CausalModel model = CausalModel.of(elsewhere)) {
                var options = GenerationOptions.greedy(model, 8).withEndOfText(List.of());
                for (Fixture written : List.of(fixture, other, fixture)) {
                    write(weights, written.model());
                    answers.add(answer(new Generator(model), prompt, options));
                }
            }
            try (CausalModel model = CausalModel.of(weights)) {
                var options = GenerationOptions.greedy(model, 8).withEndOfText(List.of());
                assertThat(answer(new Generator(model), prompt, options))
                        .isEqualTo(fixture.greedy().getFirst().subList(0, 8))
                        .isEqualTo(answers.getFirst())
                        .isEqualTo(answers.getLast())
                        .isNotEqualTo(answers.get(1));
            }
        }
    }

    private static List<Integer> answer(Generator generator, int[] prompt, GenerationOptions options) {
        return generator.generateTokens(List.of(prompt), options).getFirst().tokens();
    }

    /** As a merge does: straight into the memory that runs. */
    private static void write(ResidentModel weights, TensorSource source) throws IOException {
        for (var tensor : source.tensors().entrySet()) {
            weights.target(tensor.getKey(), DType.F32, tensor.getValue().shapeArray())
                    .copyFrom(source.load(tensor.getKey(), Arena.ofAuto()));
        }
    }

    private static long residentBytes() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
    }

    @Test
    void nanIsTracedToTheLayerWhereItBegan() throws IOException {
        try (ResidentModel weights = fixture.load(DType.F32);
                CausalModel model = CausalModel.of(weights)) {
            assertThat(failure(model, weights, OUTPUT).layer()).isEqualTo(OptionalInt.of(1));
            assertThat(failure(model, weights, "model.norm.weight"))
                    .hasMessageContaining("final norm or the head")
                    .extracting(NonFiniteLogitsException::layer)
                    .isEqualTo(OptionalInt.empty());
            assertThat(failure(model, weights, "model.embed_tokens.weight")).hasMessageContaining("embedding");
            assertThat(failure(model, weights, OUTPUT)).isNotNull();
            write(weights, fixture.model());
            var options = GenerationOptions.greedy(
                            model, fixture.greedy().getFirst().size())
                    .withEndOfText(List.of());
            assertThat(new Generator(model).generateTokens(fixture.prompts(), options))
                    .as("nothing is left of it for the next candidate")
                    .extracting(Completion::tokens)
                    .isEqualTo(fixture.greedy());
        }
    }

    private NonFiniteLogitsException failure(CausalModel model, ResidentModel weights, String tensor)
            throws IOException {
        write(weights, fixture.model());
        MemorySegment memory = weights.target(
                tensor, DType.F32, fixture.model().tensors().get(tensor).shapeArray());
        for (long at = 0; at < memory.byteSize(); at += 4) {
            memory.set(ValueLayout.JAVA_FLOAT, at, Float.NaN);
        }
        var options = GenerationOptions.greedy(model, 4);
        return (NonFiniteLogitsException) org.assertj.core.api.Assertions.catchThrowable(
                () -> new Generator(model).generateTokens(fixture.prompts(), options));
    }

    @Test
    void everythingWrongWithACheckpointIsNamed() {
        var tensors = new TreeMap<>(fixture.model().tensors());
        tensors.remove(OUTPUT);
        tensors.put("model.norm.weight", TensorInfo.of(DType.F32, 31));
        tensors.put("model.layers.0.mlp.up_proj.weight", TensorInfo.of(DType.I8, 80, 32));
        tensors.put("model.layers.0.router", TensorInfo.of(DType.F32, 1));
        assertThatThrownBy(() -> ResidentModel.load(new Changed(fixture.model().config(), tensors), DType.F32))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll(
                        "'" + OUTPUT + "' is missing, expected one of shape [32, 80]",
                        "'model.norm.weight' has the shape [31], expected [32]",
                        "'model.layers.0.mlp.up_proj.weight' is I8",
                        "'model.layers.0.router' is not one of a LlamaForCausalLM");
    }

    @Test
    void whatIsNotKnownIsRefusedByName() {
        assertRefused(config -> config.putArray("architectures").add("MambaForCausalLM"), "MambaForCausalLM");
        assertRefused(config -> config.put("hidden_act", "relu6"), "relu6");
        assertRefused(config -> config.putObject("rope_parameters").put("rope_type", "spiral"), "spiral");
        assertRefused(config -> config.remove("hidden_size"), "hidden_size is missing");
        assertRefused(config -> config.put("num_hidden_layers", "three"), "num_hidden_layers is \"three\"");
        assertRefused(config -> config.put("num_key_value_heads", 3), "num_key_value_heads is 3");
        assertRefused(config -> config.putObject("quantization_config").put("bits", 4), "quantized");
    }

    private void assertRefused(java.util.function.Consumer<ObjectNode> change, String message) {
        ObjectNode config = fixture.model().config().deepCopy();
        change.accept(config);
        assertThatThrownBy(() -> ResidentModel.allocate(new Changed(config, new TreeMap<>()), DType.F32))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith("changed: config.json: ");
    }

    @Test
    void sinkRefusesWhatDoesNotFit() throws IOException {
        try (ResidentModel weights = ResidentModel.allocate(fixture.model(), DType.BF16)) {
            assertThatThrownBy(() -> weights.target("model.norm.weight", DType.F32, new long[] {32}))
                    .hasMessageContaining("is F32[32], expected BF16[32]");
            assertThatThrownBy(() -> weights.target("model.norm.weights", DType.BF16, new long[] {32}))
                    .hasMessageContaining("has no tensor 'model.norm.weights'");
            assertThat(weights.target("model.norm.weight", DType.BF16, new long[] {32})
                            .byteSize())
                    .isEqualTo(64);
        }
    }

    @Test
    void roundsToNearestEven() {
        var random = new Random(3);
        var floats =
                new ArrayList<Float>(List.of(0f, -0f, 1f, 0x1.01p0f, 0x1.03p0f, Float.MAX_VALUE, Float.NaN, 1e-40f));
        random.doubles(1000, -4, 4).forEach(x -> floats.add((float) x));
        for (float value : floats) {
            float rounded = Float.intBitsToFloat(Conversion.toBfloat16(value) << 16);
            if (Float.isNaN(value)) {
                assertThat(rounded).isNaN();
            } else if (Math.abs(value) < 3e38f) {
                assertThat(Math.abs(rounded - value)).isLessThanOrEqualTo(Math.max(Math.ulp(value) * 0x1p15f, 1e-40f));
            }
        }
        assertThat(Conversion.toBfloat16(0x1.01p0f)).isEqualTo((short) 0x3f80);
        assertThat(Conversion.toBfloat16(0x1.03p0f)).isEqualTo((short) 0x3f82);
    }

    @Test
    void whatDoesNotFitIntoMemoryIsAnErrorWithItsSize() throws IOException {
        try (ResidentModel weights = fixture.load(DType.F32);
                CausalModel model = CausalModel.of(weights)) {
            assertThatThrownBy(() -> model.execution().reserve(1 << 30, 1 << 12))
                    .isInstanceOf(OutOfDeviceMemoryException.class)
                    .hasMessageContaining("bytes");
            assertThat(model.logits(5)).hasSize(model.config().vocabulary());
        }
    }

    @Test
    void generationConfigSaysWhatEndsAText() throws IOException {
        ModelConfig config = ModelConfig.read("x", fixture.model().config(), Optional.empty());
        assertThat(config.endOfText()).containsExactly(2);
        var ends = Optional.of("{\"eos_token_id\": [5, 6]}".getBytes(StandardCharsets.UTF_8));
        assertThat(ModelConfig.read("x", fixture.model().config(), ends).endOfText())
                .containsExactly(5, 6);
    }

    private record Changed(JsonNode config, SortedMap<String, TensorInfo> tensors) implements TensorSource {
        @Override
        public String name() {
            return "changed";
        }

        @Override
        public Optional<byte[]> file(String file) {
            return Optional.empty();
        }

        @Override
        public MemorySegment load(String tensor, Arena arena) {
            throw new AssertionError("nothing is to be loaded from a checkpoint that does not fit");
        }
    }
}
