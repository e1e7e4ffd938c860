package dev.evomerge.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Search;
import dev.evomerge.search.Step;
import dev.evomerge.storage.StorageAccess;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of the paper's own searches, on files in the shape of its models: all that is known without a weight. */
class PaperRecipeTest {

    private static final Path MANIFESTS = Path.of("../examples/paper-7b");
    private static final List<String> MODELS = List.of(
            "augmxnt/shisa-gamma-7b-v1",
            "WizardLMTeam/WizardMath-7B-V1.1",
            "GAIR/Abel-7B-002",
            "mistralai/Mistral-7B-v0.1");

    private static final long PARAMETERS = 7_241_732_096L;
    private static final long BYTES = 2 * PARAMETERS;
    /** Keys and values of 8 heads of 128. */
    private static final long CACHE_WIDTH = 2 * 8 * 128;

    @TempDir
    static Path folder;

    @BeforeAll
    static void makeModelsWithoutWeights() throws IOException {
        for (String model : MODELS) {
            mistral(folder.resolve(model), 4096);
        }
        questions("gsm8k-ja/search.tsv", 1069, 0);
        questions("mgsm/ja.tsv", 250, 5000);
    }

    @Test
    void parameterSpace() throws IOException, TroubleException {
        var spec = spec("parameter-space", UnaryOperator.identity());
        var facts = preflight(spec);
        var budget = Budget.of(spec, facts);

        // 4 sources and 4 fixed merges; 1000 bred; the 4 best and the 8 on the test questions.
        assertThat(budget.candidates()).isEqualTo(8 + 1000 + 12);
        assertThat(budget.questions()).isEqualTo(1008L * 1069 + 12 * 250);
        assertThat(budget.tokens()).isEqualTo(1024 * budget.questions());
        // 4 + floor(3 ln 6) candidates.
        assertThat(budget.generation()).isEqualTo(new Budget.Generation(9, 9 * 1069, 9L * 1069 * 1024));
        assertThat(budget.podReads()).isEqualTo(4 * BYTES);
        assertThat(budget.podMemory())
                .isEqualTo(OptionalLong.of(5 * BYTES + caches(facts.data().get("mgsm-ja/search"), 32)));
    }

    @Test
    void everyGpuOfAPodHasAMergeOfItsOwn() throws IOException, TroubleException {
        var facts = preflight(spec("parameter-space", UnaryOperator.identity()));
        long more = BYTES + caches(facts.data().get("mgsm-ja/search"), 32);
        assertThat(podMemory(2) - podMemory(1)).isEqualTo(more);
        assertThat(podMemory(8) - podMemory(1)).as("of 4 candidates").isEqualTo(3 * more);
    }

    private long podMemory(int gpus) throws IOException, TroubleException {
        var spec = spec("parameter-space", text -> text.replace("nvidia.com/gpu: 1", "nvidia.com/gpu: " + gpus));
        return Budget.of(spec, preflight(spec)).podMemory().orElseThrow();
    }

    @Test
    void askingFewerQuestionsCostsLess() throws IOException, TroubleException {
        var spec = spec("parameter-space", text -> text.replace("      fidelity: {all: {}}\n", ""));
        var facts = preflight(spec);
        var budget = Budget.of(spec, facts);

        // In the end 17 candidates answer a quarter, the better 9 of them another, and the better 5 the rest.
        long confirmation = (17 + 9) * 268 + 5 * (1069 - 2 * 268);
        assertThat(budget.questions()).isEqualTo(8 * 1069 + 1000 * 53 + confirmation + 12 * 250);
        assertThat(budget.tokens()).isEqualTo(1024 * budget.questions());
        assertThat(budget.generation()).isEqualTo(new Budget.Generation(9, 9 * 53, 9 * 53 * 1024));
    }

    @Test
    void dataFlowSpace() throws IOException, TroubleException {
        var spec = spec("data-flow-space", UnaryOperator.identity());
        var facts = preflight(spec);
        var budget = Budget.of(spec, facts);

        assertThat(budget.candidates()).isEqualTo(2 + 12_800 + 6);
        assertThat(budget.generation().candidates()).isEqualTo(128);
        assertThat(budget.podReads()).isEqualTo(2 * BYTES);
        // Nothing is merged; a path may pass all 64 layers three times.
        assertThat(budget.podMemory())
                .isEqualTo(OptionalLong.of(2 * BYTES + caches(facts.data().get("mgsm-ja/search"), 192)));
        assertThat(new Search(SearchSpecs.of(spec, facts)).next(List.of())).isInstanceOf(Step.Evaluate.class);
    }

    @Test
    void hybrid() throws IOException, TroubleException {
        var spec = spec("hybrid", UnaryOperator.identity());
        var budget = Budget.of(spec, preflight(spec));

        assertThat(budget.candidates()).isEqualTo(8 + 1000 + 12_800 + 16);
        assertThat(budget.generation().candidates()).isEqualTo(128);
    }

    @Test
    void hoursFollowFromWhatWasMeasured() throws IOException, TroubleException {
        var spec = spec("parameter-space", UnaryOperator.identity());

        var budget = Budget.of(spec, preflight(spec));
        var result = new CandidateResult(
                CandidateManifest.API_VERSION,
                "g0001",
                "g0001-c00",
                Map.of(),
                List.of(),
                Optional.of(new CandidateResult.Failure("Crashed", "")),
                new CandidateResult.Cost(1069, 0, 0, 800));
        var recorded = new RecordedBatch(
                CandidateManifest.API_VERSION,
                1,
                Batch.Kind.GENERATION,
                "weights",
                "",
                Optional.empty(),
                Optional.empty(),
                List.of(result));

        assertThat(budget.hoursPerGeneration(List.of(), 8)).isEmpty();
        // 9 candidates of 800 seconds on 8 pods.
        assertThat(budget.hoursPerGeneration(List.of(recorded), 8).orElseThrow())
                .isCloseTo(0.25, within(1e-12));
    }

    @Test
    void aPathThatLeavesTheModelIsRefused() {
        assertThatThrownBy(() -> preflight(spec("data-flow-space", text -> inject(text, """
                layer_path: {embeddings: japanese, hops: [{model: japanese, layer: 0, scale: 1}, {model: abel, layer: 32, scale: 1}]}
                """))))
                .isInstanceOf(TroubleException.class)
                .hasMessageContaining("stage 'paths': ")
                .hasMessageContaining("layer 32 of abel");
    }

    @Test
    void anEmptyPathIsRefused() {
        assertThatThrownBy(() -> preflight(spec("data-flow-space", text -> inject(text, """
                layer_path: {embeddings: japanese, hops: []}
                """))))
                .isInstanceOf(TroubleException.class)
                .hasMessageContaining("stage 'paths': inject[0]: ")
                .hasMessageContaining("at least one entry, found []");
    }

    @Test
    void aStageThatNamesALaterOneIsRefused() {
        assertThatThrownBy(() -> preflight(spec(
                        "hybrid",
                        text -> text.replace(
                                "method: dare_ties", "method: dare_ties\n        models: [japanese, stages.paths]"))))
                .isInstanceOf(TroubleException.class)
                .hasMessageContaining("stage 'weights': unknown model 'stages.paths'");
    }

    @Test
    void modelsOfDifferentWidthAreRefused() throws IOException {
        mistral(folder.resolve("narrow"), 2048);

        assertThatThrownBy(() -> preflight(
                        spec("data-flow-space", text -> text.replace(uri("GAIR/Abel-7B-002"), uri("narrow")))))
                .isInstanceOf(TroubleException.class)
                .hasMessageContaining("config.json: hidden_size")
                .hasMessageContaining("2048")
                .hasMessageContaining("4096");
    }

    private static String inject(String text, String recipe) {
        return text.replace(
                "      budget: {generations: 100}",
                "      budget: {generations: 100}\n      inject:\n        - |\n" + recipe.indent(10));
    }

    private static long caches(Facts.Data data, int hops) {
        return 64 * (data.prompt().orElseThrow() + 1024L) * hops * CACHE_WIDTH * 2;
    }

    private static Facts preflight(MergeExperimentSpec spec) throws TroubleException {
        return new Preflights(spec, new Stores(new StorageAccess(Map.of()), true, UnaryOperator.identity())).check();
    }

    private static MergeExperimentSpec spec(String name, UnaryOperator<String> change) throws IOException {
        String text = Files.readString(MANIFESTS.resolve(name + ".yaml"));
        for (String model : MODELS) {
            text = text.replace("hf://" + model, uri(model));
        }
        text = text.replace("s3://data/", uri("")).replace("s3://results/", uri("results/"));
        return Serialization.unmarshal(change.apply(text), MergeExperiment.class)
                .getSpec();
    }

    private static String uri(String path) {
        return "file://" + folder + "/" + path;
    }

    private static void questions(String path, int count, int first) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(
                file,
                IntStream.range(first, first + count)
                        .mapToObj(i -> "%04d足す1はいくつですか？\t%d".formatted(i, i + 1))
                        .toList());
    }

    /** Headers say what a Mistral 7B has; the data behind them is a hole. */
    private static void mistral(Path model, int hidden) throws IOException {
        Files.createDirectories(model);
        var json = new ObjectMapper();
        json.writeValue(
                model.resolve("config.json").toFile(),
                Map.ofEntries(
                        Map.entry("architectures", List.of("MistralForCausalLM")),
                        Map.entry("model_type", "mistral"),
                        Map.entry("hidden_size", hidden),
                        Map.entry("intermediate_size", 14336),
                        Map.entry("num_attention_heads", hidden / 128),
                        Map.entry("num_hidden_layers", 32),
                        Map.entry("num_key_value_heads", 8),
                        Map.entry("hidden_act", "silu"),
                        Map.entry("tie_word_embeddings", false),
                        Map.entry("torch_dtype", "bfloat16"),
                        Map.entry("vocab_size", 32000)));
        var header = new LinkedHashMap<String, Object>();
        long[] offset = {0};
        shapes(hidden).forEach((name, shape) -> {
            long bytes = 2 * shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
            header.put(
                    name,
                    Map.of("dtype", "BF16", "shape", shape, "data_offsets", List.of(offset[0], offset[0] + bytes)));
            offset[0] += bytes;
        });
        byte[] text = json.writeValueAsBytes(header);
        try (var file = new RandomAccessFile(model.resolve("model.safetensors").toFile(), "rw")) {
            file.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(text.length)
                    .array());
            file.write(text);
            file.setLength(Long.BYTES + text.length + offset[0]);
        }
    }

    private static Map<String, List<Integer>> shapes(int hidden) {
        var shapes = new LinkedHashMap<String, List<Integer>>();
        shapes.put("model.embed_tokens.weight", List.of(32000, hidden));
        for (int layer = 0; layer < 32; layer++) {
            String at = "model.layers." + layer + ".";
            shapes.put(at + "input_layernorm.weight", List.of(hidden));
            shapes.put(at + "self_attn.q_proj.weight", List.of(hidden, hidden));
            shapes.put(at + "self_attn.k_proj.weight", List.of(1024, hidden));
            shapes.put(at + "self_attn.v_proj.weight", List.of(1024, hidden));
            shapes.put(at + "self_attn.o_proj.weight", List.of(hidden, hidden));
            shapes.put(at + "post_attention_layernorm.weight", List.of(hidden));
            shapes.put(at + "mlp.gate_proj.weight", List.of(14336, hidden));
            shapes.put(at + "mlp.up_proj.weight", List.of(14336, hidden));
            shapes.put(at + "mlp.down_proj.weight", List.of(hidden, 14336));
        }
        shapes.put("model.norm.weight", List.of(hidden));
        shapes.put("lm_head.weight", List.of(32000, hidden));
        return shapes;
    }
}
