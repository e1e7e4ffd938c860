package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TestModels;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What would make a merge fail is found from headers and configurations, all at once. */
class PreflightTest {

    private static final StorageAccess NO_ACCESS = new StorageAccess(Map.of());

    @TempDir
    Path folder;

    @BeforeEach
    void writeModels() throws IOException {
        write("base", 64);
        write("good", 64);
        write("wide", 96);
    }

    private void write(String name, int hidden) throws IOException {
        write(name, hidden, 100);
    }

    private void write(String name, int hidden, int vocabulary) throws IOException {
        TestModels.write(
                folder.resolve(name),
                TestModels.llama(DType.BF16, 2, hidden, vocabulary, true),
                TestModels.config(2, hidden, vocabulary, true),
                1,
                Map.of());
    }

    private Map<String, String> uris(String... names) {
        var uris = new TreeMap<String, String>();
        for (String name : names) {
            uris.put(name, "file://" + folder.resolve(name));
        }
        return uris;
    }

    @Test
    void findsNothingWrongWithModelsThatFit() {
        var result = Preflight.ofModels(uris("base", "good"), Optional.of("base"), NO_ACCESS);
        assertThat(result.problems()).isEmpty();
        assertThat(result.models().get("good"))
                .isEqualTo(new Preflight.Model("LlamaForCausalLM", 2, 43_456, 86_912, 0, "bfloat16"));
    }

    @Test
    void findsEverythingThatIsWrongAtOnce() throws IOException {
        write("short", 64);
        try (var file = FileChannel.open(folder.resolve("short/model.safetensors"), StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 1);
        }
        var recipe = RecipeFormat.parse("""
                {merge_method: ties, base_model: base, parameters: {weight: 1, density: 0.5},
                 models: [{model: good}, {model: short}, {model: wide}, {model: nowhere}]}""");
        var problems = Preflight.ofRecipe(recipe, uris("base", "good", "short", "wide"), NO_ACCESS)
                .problems();
        assertThat(problems)
                .extracting(Problem::toString)
                .anySatisfy(problem -> assertThat(problem).startsWith("short: ").contains("truncated: tensor"))
                .anySatisfy(problem -> assertThat(problem)
                        .isEqualTo("nowhere: found no model of this name, expected one of [base, good, short, wide]"))
                .anySatisfy(problem -> assertThat(problem)
                        .isEqualTo("wide: config.json: hidden_size: found 96, expected 64 as in base"));
    }

    @Test
    void namesEveryTensorThatDoesNotFit() {
        var result = Preflight.ofModels(uris("base", "wide"), Optional.of("base"), NO_ACCESS);
        assertThat(result.problems())
                .extracting(Problem::toString)
                .contains(
                        "wide: model.embed_tokens.weight: found BF16[100, 96], expected the shape [100, 64] of base",
                        "wide: model.layers.1.mlp.up_proj.weight: found BF16[288, 96], expected the shape [192, 64] of base")
                .hasSize(11);
    }

    @Test
    void saysWhatToDoAboutVocabulariesOfDifferentSize() throws IOException {
        write("more-tokens", 64, 102);
        assertThat(Preflight.ofModels(uris("base", "more-tokens"), Optional.of("base"), NO_ACCESS)
                        .problems())
                .singleElement()
                .hasToString(
                        "more-tokens: model.embed_tokens.weight: found BF16[102, 64], expected the shape [100, 64] of base; of"
                                + " vocabularies that differ, tokenizer_source (base, union or a model) says which the output has");
    }

    @Test
    void readsNoWeights() throws IOException {
        // Where the weights should be there is a hole of a terabyte: reading it would take a while.
        Path model = Files.createDirectories(folder.resolve("huge"));
        Files.copy(folder.resolve("base/config.json"), model.resolve("config.json"));
        String header = "{\"x\":{\"dtype\":\"U8\",\"shape\":[1099511627776],\"data_offsets\":[0,1099511627776]}} ";
        try (var file = FileChannel.open(
                model.resolve("model.safetensors"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            var start = java.nio.ByteBuffer.allocate(8 + header.length()).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            start.putLong(header.length()).put(header.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            file.write(start.flip());
            file.write(java.nio.ByteBuffer.allocate(1), 8 + header.length() + (1L << 40) - 1);
        }
        var result = Preflight.ofModels(uris("huge"), Optional.empty(), NO_ACCESS);
        assertThat(result.problems()).isEmpty();
        assertThat(result.models().get("huge").bytes()).isEqualTo(1L << 40);
    }
}
