package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.FolderStorage;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TestModels;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.S3Server;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelWriterTest {

    private static final int LAYERS = 2;
    private static final int HIDDEN = 64;
    private static final int VOCABULARY = 9000;
    private static final String EMBED = "model.embed_tokens.weight";

    @TempDir
    static Path sources;

    @TempDir
    Path target;

    @BeforeAll
    static void writeModels() throws IOException {
        var infos = TestModels.llama(DType.BF16, LAYERS, HIDDEN, VOCABULARY, false);
        String config = TestModels.config(LAYERS, HIDDEN, VOCABULARY, false);
        var base = TestModels.write(sources.resolve("base"), infos, config, 1, Map.of());
        TestModels.write(sources.resolve("a"), infos, config, 2, base);
        TestModels.write(sources.resolve("b"), infos, config, 3, base);
        Files.writeString(sources.resolve("base/tokenizer.json"), "{\"model\": {}}");
        Files.writeString(sources.resolve("base/generation_config.json"), "{\"eos_token_id\": 2}");
        Files.writeString(sources.resolve("base/README.md"), "---\nlicense: apache-2.0\n---\n");
        Files.writeString(sources.resolve("a/README.md"), "---\nlicense: llama3\n---\n");
    }

    private static WeightMerge recipe() {
        return WeightMerge.of(
                MergeMethod.DARE_TIES,
                Optional.of("base"),
                List.of(
                        Source.of("a", Map.of("weight", 0.7, "density", 0.5)),
                        Source.of("b", Map.of("weight", 0.6, "density", 0.3))),
                Map.of(),
                5);
    }

    private ModelWriter.Written write(
            Recipe recipe, String folder, int threads, long shard, boolean localSources, FolderStorage out)
            throws IOException {
        var models = new HashMap<String, Checkpoint>();
        try {
            for (String name : recipe.models()) {
                models.put(name, Checkpoint.open(new FolderStorage(sources, localSources), name));
            }
            var options = new ModelWriter.Options(
                    threads, shard, false, true, Map.of("a", "s3://models/a"), Map.of("a", "abc123"));
            return ModelWriter.write(recipe, models, out, folder, options);
        } finally {
            models.values().forEach(Checkpoint::close);
        }
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true, true", "3, true, false", "2, false, true", "16, false, false"})
    void writesTheSameBytesFromAndToEverywhere(int threads, boolean localSources, boolean localTarget)
            throws IOException {
        var reference = write(recipe(), "one", 1, 700_000, true, new FolderStorage(target, true));
        var out = new FolderStorage(target, localTarget);
        var other = write(recipe(), "other", threads, 700_000, localSources, out);
        assertThat(other.sha256()).isPresent().isEqualTo(reference.sha256());
        assertThat(other.sha256()).hasValue(ModelDigest.of(out, "other"));
        assertThat(files(target.resolve("other")))
                .containsExactly(
                        "README.md",
                        "config.json",
                        "generation_config.json",
                        "mergekit_config.yml",
                        "model-00001-of-00003.safetensors",
                        "model-00002-of-00003.safetensors",
                        "model-00003-of-00003.safetensors",
                        "model.safetensors.index.json",
                        "tokenizer.json");
        long bytes = 0;
        for (String file : files(target.resolve("other"))) {
            bytes += Files.size(target.resolve("other").resolve(file));
        }
        assertThat(other.bytes()).isEqualTo(bytes);
        try (Stream<Path> left = Files.list(target)) {
            assertThat(left).as("no temporary folders are left").hasSize(2);
        }
    }

    @Test
    void writesWhatACandidateWouldBe() throws IOException {
        write(recipe(), "out", 2, 5_000_000, true, new FolderStorage(target, true));
        var models = new HashMap<String, Checkpoint>();
        for (String name : recipe().models()) {
            models.put(name, Checkpoint.open(new FolderStorage(sources, true), name));
        }
        try (var merger = new CandidateMerger(models, 2);
                var written = Checkpoint.open(new FolderStorage(target, true), "out")) {
            assertThat(written.tensors()).isEqualTo(merger.tensors(recipe()));
            merger.add("winner", recipe());
            for (String tensor : written.tensors().keySet()) {
                MemorySegment there = merger.models().get("winner").load(tensor, Arena.global());
                assertThat(written.load(tensor, Arena.global()).mismatch(there))
                        .as(tensor)
                        .isEqualTo(-1);
            }
        }
        models.values().forEach(Checkpoint::close);
        assertThat(RecipeFormat.parse(Files.readString(target.resolve("out/mergekit_config.yml"))))
                .isEqualTo(recipe());
    }

    @Test
    void theModelCardSaysWhatItIsMadeOf() throws IOException {
        write(recipe(), "out", 2, 5_000_000, true, new FolderStorage(target, true));
        assertThat(Files.readString(target.resolve("out/README.md")))
                .startsWith("---\nlicense: other\n")
                .contains("| a | s3://models/a | `abc123` | llama3 |")
                .contains("The strictest licence that a source states is `llama3`.")
                .contains("**Unknown are the licences of b:")
                .contains("evomerge merge mergekit_config.yml OUT")
                .contains("--model a=s3://models/a")
                .contains("merge_method: dare_ties");
    }

    @Test
    void writesALayerPathWithEachLayerOnce() throws IOException {
        var path = new LayerPath("a", List.of(hop("a", 0, 1), hop("b", 1, 0.75), hop("a", 0, 1.25), hop("a", 1, 1)));
        write(path, "path", 2, 5_000_000, true, new FolderStorage(target, true));
        JsonNode config = config("path");
        assertThat(config.path("num_hops").asInt()).isEqualTo(4);
        assertThat(config.path("input_layers")).hasToString("[0,1,0,2]");
        assertThat(config.path("input_scales")).hasToString("[1.0,0.75,1.25,1.0]");
        assertThat(config.path("num_hidden_layers").asInt()).isEqualTo(3);
        assertThat(config.path("architectures")).hasToString("[\"EvoLlamaForCausalLM\"]");
        assertThat(config.path("auto_map").path("AutoModelForCausalLM").asText())
                .isEqualTo("modeling_evollama.EvoLlamaForCausalLM");
        assertThat(files(target.resolve("path"))).contains("configuration_evollama.py", "modeling_evollama.py");
        try (var written = Checkpoint.open(new FolderStorage(target, true), "path");
                var b = Checkpoint.open(new FolderStorage(sources, true), "b")) {
            assertSame(written, "model.layers.1.mlp.up_proj.weight", b, "model.layers.1.mlp.up_proj.weight");
            assertThat(written.tensors().get("model.input_layers")).isEqualTo(TensorInfo.of(DType.I32, 4));
            assertThat(written.load("model.input_layers", Arena.global()).toArray(ValueLayout.JAVA_INT))
                    .containsExactly(0, 1, 0, 2);
            assertThat(written.load("model.input_scales", Arena.global()).toArray(ValueLayout.JAVA_FLOAT))
                    .containsExactly(1, 0.75f, 1.25f, 1);
        }
    }

    @Test
    void writesALayerPathWithoutScalesOut() throws IOException {
        var path = new LayerPath("a", List.of(hop("a", 0, 1), hop("b", 1, 1), hop("a", 0, 1)));
        write(path, "plain", 2, 5_000_000, true, new FolderStorage(target, true));
        JsonNode config = config("plain");
        assertThat(config.path("num_hidden_layers").asInt()).isEqualTo(3);
        assertThat(config.path("architectures")).hasToString("[\"LlamaForCausalLM\"]");
        assertThat(config.has("num_hops")).isFalse();
        assertThat(files(target.resolve("plain"))).noneMatch(file -> file.endsWith(".py"));
        try (var written = Checkpoint.open(new FolderStorage(target, true), "plain");
                var a = Checkpoint.open(new FolderStorage(sources, true), "a")) {
            assertSame(written, "model.layers.0.mlp.up_proj.weight", a, "model.layers.0.mlp.up_proj.weight");
            assertSame(written, "model.layers.2.mlp.up_proj.weight", a, "model.layers.0.mlp.up_proj.weight");
        }
    }

    @Test
    void refusesPathsThatNoModelFolderDescribes() throws IOException {
        String narrow =
                TestModels.config(LAYERS, HIDDEN, VOCABULARY, false).replace("{\"arch", "{\"rope_theta\": 5e5, \"arch");
        TestModels.write(
                sources.resolve("turned"),
                TestModels.llama(DType.BF16, LAYERS, HIDDEN, VOCABULARY, false),
                narrow,
                5,
                Map.of());
        var path = new LayerPath("a", List.of(hop("a", 2, 1), hop("turned", 1, 0.5)));
        assertThatThrownBy(() -> write(path, "out", 1, 5_000_000, true, new FolderStorage(target, true)))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("a: hop 0: found layer 2, expected a layer from 0 to 1")
                .hasMessageContaining("turned: config.json: rope_theta: found 500000.0, expected 10000.0 as in a");
        assertThat(files(target)).isEmpty();
    }

    @Test
    void refusesScaledPathsThroughAFamilyThatHasNoProgram() throws IOException {
        TestModels.write(
                sources.resolve("falcon"),
                TestModels.llama(DType.BF16, LAYERS, HIDDEN, VOCABULARY, false),
                TestModels.config(LAYERS, HIDDEN, VOCABULARY, false).replace("LlamaForCausalLM", "FalconForCausalLM"),
                5,
                Map.of());
        var path = new LayerPath("falcon", List.of(hop("falcon", 0, 1), hop("falcon", 1, 0.5)));
        assertThatThrownBy(() -> write(path, "out", 1, 5_000_000, true, new FolderStorage(target, true)))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(
                        "config.json: architectures: found [\"FalconForCausalLM\"], expected the causal model of one of the "
                                + "families [Gemma2, Llama, Mistral, Phi3, Qwen2, Qwen3], or hops whose scales are all 1");
        assertThat(files(target)).isEmpty();
    }

    private static LayerPath.Hop hop(String model, int layer, double scale) {
        return new LayerPath.Hop(model, layer, scale);
    }

    private JsonNode config(String folder) throws IOException {
        return new ObjectMapper()
                .readTree(target.resolve(folder).resolve("config.json").toFile());
    }

    private static void assertSame(Checkpoint one, String tensor, Checkpoint other, String otherTensor)
            throws IOException {
        assertThat(one.load(tensor, Arena.global()).mismatch(other.load(otherTensor, Arena.global())))
                .as(tensor)
                .isEqualTo(-1);
    }

    @Test
    void refusesToReplaceUnlessTold() throws IOException {
        for (boolean local : List.of(true, false)) {
            var out = new FolderStorage(target, local);
            write(recipe(), "out" + local, 1, 5_000_000, true, out);
            List<String> before = files(target);
            assertThatThrownBy(() -> write(recipe(), "out" + local, 1, 5_000_000, true, out))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("already");
            assertThat(files(target)).isEqualTo(before);
        }
    }

    @Test
    void leavesNothingBehindWhenASourceIsBroken() throws IOException {
        var infos = TestModels.llama(DType.BF16, LAYERS, HIDDEN, VOCABULARY, false);
        var broken = new HashMap<String, float[]>();
        infos.forEach((name, info) -> broken.put(name, new float[(int) info.elements()]));
        broken.get("model.norm.weight")[3] = Float.POSITIVE_INFINITY;
        TestModels.write(
                sources.resolve("broken"), infos, TestModels.config(LAYERS, HIDDEN, VOCABULARY, false), 4, broken);
        var recipe = WeightMerge.of(
                MergeMethod.LINEAR, Optional.empty(), List.of(Source.of("broken", Map.of("weight", 0.5))), Map.of(), 0);
        for (boolean local : List.of(true, false)) {
            assertThatThrownBy(() -> write(recipe, "out", 2, 700_000, true, new FolderStorage(target, local)))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageContaining("broken: model.norm.weight: found 1 of 64");
            assertThat(files(target)).isEmpty();
        }
    }

    @Test
    void leavesNothingBehindWhenTheStoreFails() throws IOException {
        var failing = new FailingStorage(new FolderStorage(target, false), 1_000_000);
        var models = new HashMap<String, Checkpoint>();
        for (String name : recipe().models()) {
            models.put(name, Checkpoint.open(new FolderStorage(sources, true), name));
        }
        var options = new ModelWriter.Options(2, 700_000, false, true, Map.of(), Map.of());
        assertThatThrownBy(() -> ModelWriter.write(recipe(), models, failing, "out", options))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://test/models/out/model-0000")
                .hasMessageContaining("the store is full")
                .hasMessageMatching("(?s).*; the model needs \\d{7} bytes of room");
        models.values().forEach(Checkpoint::close);
        assertThat(files(target)).isEmpty();
    }

    /** Like a disk that fills up: files of this process may not grow further. The system's message differs, nothing else. */
    @Test
    void leavesNothingBehindWhenTheDiskIsFull() throws IOException, InterruptedException {
        var whole = write(recipe(), "whole", 2, 5_000_000, true, new FolderStorage(target, true));
        limitFiles("400000");
        try {
            assertThatThrownBy(() -> write(recipe(), "out", 2, 5_000_000, true, new FolderStorage(target, true)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("writing to " + target.resolve("out") + " failed: ")
                    .hasMessageEndingWith("; the model needs " + whole.bytes() + " bytes of room");
        } finally {
            limitFiles("unlimited");
        }
        try (Stream<Path> left = Files.list(target)) {
            assertThat(left).containsExactly(target.resolve("whole"));
        }
    }

    private static void limitFiles(String bytes) throws IOException, InterruptedException {
        String self = Long.toString(ProcessHandle.current().pid());
        int status = new ProcessBuilder("prlimit", "--pid", self, "--fsize=" + bytes + ":")
                .inheritIO()
                .start()
                .waitFor();
        assertThat(status).as("prlimit, of util-linux").isZero();
    }

    @Test
    void saysHowMuchRoomIsMissingBeforeItWrites() {
        assertThatThrownBy(() -> new LocalFolder(target.resolve("out"), 1L << 60, false, false))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("no room for the model at " + target.resolve("out")
                        + ": it needs 1152921504607895552 bytes, there are ");
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void writesTheSameBytesFromAndToS3() throws IOException, InterruptedException {
        var local = write(recipe(), "local", 1, 700_000, true, new FolderStorage(target, true));
        try (S3Server server = S3Server.start(target.resolve("s3"))) {
            server.createBucket("models");
            Storage bucket = Storages.open(StorageUri.parse("s3://models"), server.access());
            var models = new HashMap<String, Checkpoint>();
            try (bucket) {
                for (String name : recipe().models()) {
                    for (String file : files(sources.resolve(name))) {
                        bucket.put(
                                name + "/" + file,
                                Files.readAllBytes(sources.resolve(name).resolve(file)));
                    }
                    models.put(name, Checkpoint.open(bucket, name));
                }
                var options = new ModelWriter.Options(
                        16, 700_000, false, true, Map.of("a", "s3://models/a"), Map.of("a", "abc123"));
                var remote = ModelWriter.write(recipe(), models, bucket, "out", options);
                assertThat(remote.sha256()).isPresent().isEqualTo(local.sha256());
                assertThat(remote.sha256()).hasValue(ModelDigest.of(bucket, "out"));
            } finally {
                models.values().forEach(Checkpoint::close);
            }
        }
    }
}
