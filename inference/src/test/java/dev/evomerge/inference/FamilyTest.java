package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.evomerge.merge.safetensors.DType;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family against transformers; the versions are in {@code fixtures/versions.json}. */
class FamilyTest {

    static Stream<String> families() {
        return Stream.of(
                "llama",
                "llama-tied-biased",
                "llama-scaled",
                "llama-linear",
                "llama-yarn",
                "mistral",
                "mistral-full",
                "qwen2",
                "qwen2-sliding",
                "qwen3",
                "gemma2",
                "gemma3",
                "phi3",
                "phi3-partial",
                "phi3-longrope-short",
                "phi3-longrope-long");
    }

    @ParameterizedTest
    @MethodSource("families")
    void logitsAreThoseOfTransformers(String name) throws IOException {
        Fixture fixture = Fixture.read(name);
        try (ResidentModel weights = fixture.load(DType.F32);
                CausalModel model = CausalModel.of(weights)) {
            float[] logits = model.logits(fixture.prompts().getFirst());
            assertThat(largestDifference(logits, fixture.logits())).isLessThanOrEqualTo(1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void greedyTokensAreThoseOfTransformers(String name) throws IOException {
        Fixture fixture = Fixture.read(name);
        for (int batch : List.of(1, 2, 64)) {
            assertThat(generate(fixture, DType.F32, batch))
                    .as("batch %d", batch)
                    .isEqualTo(fixture.greedy());
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void whatRunsFollowsWhatIsWritten(String name) throws IOException {
        Fixture fixture = Fixture.read(name);
        try (ResidentModel weights = fixture.load(DType.F32);
                CausalModel model = CausalModel.of(weights)) {
            assertThat(weights.runsOnCpuKernels()).isTrue();
            int[] prompt = fixture.prompts().getFirst();
            assertThat(largestDifference(model.logits(prompt), fixture.logits()))
                    .isLessThanOrEqualTo(1e-4f);
            weights.target("model.norm.weight", DType.F32, new long[] {
                        model.config().hidden()
                    })
                    .fill((byte) 0);
            weights.target("model.layers.0.mlp.down_proj.weight", DType.F32, new long[] {
                        model.config().hidden(), model.config().intermediate()
                    })
                    .fill((byte) 0);
            assertThat(largestDifference(model.logits(prompt), fixture.logits()))
                    .isGreaterThan(0.1f);
            weights.copyFrom(fixture.model());
            assertThat(largestDifference(model.logits(prompt), fixture.logits()))
                    .isLessThanOrEqualTo(1e-4f);
        }
    }

    /** More threads than heads of keys: some have no share of a layer. */
    @ParameterizedTest
    @MethodSource("families")
    void threadsThatShareTheWorkGiveTheSameAnswers(String name) throws IOException {
        Fixture fixture = Fixture.read(name);
        try (ResidentModel weights = ResidentModel.load(fixture.model(), DType.F32, 3);
                CausalModel model = CausalModel.of(weights)) {
            assertThat(largestDifference(model.logits(fixture.prompts().getFirst()), fixture.logits()))
                    .isLessThanOrEqualTo(1e-4f);
            assertThat(generate(model, fixture, 4)).isEqualTo(fixture.greedy());
        }
    }

    /** The program for GPUs, its layers dealt to three devices, all of which are the CPU here: what goes from one to the next is seen, no GPU is. */
    @ParameterizedTest
    @MethodSource("families")
    void layersOnSeveralDevicesGiveTheSameAnswers(String name) throws IOException {
        Fixture fixture = Fixture.read(name);
        List<Device> devices = Collections.nCopies(3, Device.cpu());
        try (ResidentModel weights = ResidentModel.load(fixture.model(), DType.F32, devices);
                CausalModel model = CausalModel.of(weights)) {
            assertThat(weights.devices()).hasSize(3);
            assertThat(largestDifference(model.logits(fixture.prompts().getFirst()), fixture.logits()))
                    .isLessThanOrEqualTo(1e-4f);
            assertThat(generate(model, fixture, 4)).isEqualTo(fixture.greedy());
            weights.copyFrom(fixture.model());
            assertThat(generate(model, fixture, 2)).isEqualTo(fixture.greedy());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F16"})
    void halfPrecisionStaysClose(DType dtype) throws IOException {
        Fixture fixture = Fixture.read("llama");
        try (ResidentModel weights = fixture.load(dtype);
                CausalModel model = CausalModel.of(weights)) {
            float[] logits = model.logits(fixture.prompts().getFirst());
            assertThat(largestDifference(logits, fixture.logits()))
                    .isBetween(1e-4f, dtype == DType.BF16 ? 0.5f : 0.05f);
        }
        assertThat(generate(fixture, dtype, 4)).hasSameSizeAs(fixture.greedy());
    }

    private static List<List<Integer>> generate(Fixture fixture, DType dtype, int batch) throws IOException {
        try (ResidentModel weights = fixture.load(dtype);
                CausalModel model = CausalModel.of(weights)) {
            return generate(model, fixture, batch);
        }
    }

    private static List<List<Integer>> generate(CausalModel model, Fixture fixture, int batch) {
        var options = GenerationOptions.greedy(
                        model, fixture.greedy().getFirst().size())
                .withEndOfText(List.of())
                .withBatchSize(batch);
        return new Generator(model)
                .generateTokens(fixture.prompts(), options).stream()
                        .map(Completion::tokens)
                        .toList();
    }

    private static float largestDifference(float[] found, float[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        float largest = 0;
        for (int i = 0; i < found.length; i++) {
            largest = Math.max(largest, Math.abs(found[i] - expected[i]));
        }
        return largest;
    }
}
