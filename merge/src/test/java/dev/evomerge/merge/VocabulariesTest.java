package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.FolderStorage;
import dev.evomerge.merge.safetensors.TestModels;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources whose tokenizers or heads differ. What mergekit makes of them is in {@link MergekitTest}. */
class VocabulariesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HIDDEN = 8;
    private static final String EMBED = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    @TempDir
    Path folder;

    private final Map<String, Map<String, float[]>> values = new HashMap<>();

    /** Two models with four tokens each, of which they share three; the second has its head tied to its embedding. */
    @BeforeEach
    void writeModels() throws IOException {
        write("first", false, """
                {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2}}, "added_tokens": [{"id": 3, "content": "</s>"}]}""");
        write("second", true, """
                {"model": {"type": "Unigram", "vocab": [["c", -1.5], ["</s>", 0], ["a", -2]]},
                 "added_tokens": [{"id": 1, "content": "</s>"}, {"id": 3, "content": "<tool>", "special": true}]}""");
    }

    private void write(String name, boolean tied, String tokenizer) throws IOException {
        var infos = TestModels.llama(DType.F32, 1, HIDDEN, 4, tied);
        String config = TestModels.config(1, HIDDEN, 4, tied)
                .replace("{\"arch", "{\"eos_token_id\": %d, \"arch".formatted(tied ? 1 : 3));
        values.put(name, TestModels.write(folder.resolve(name), infos, config, name.hashCode(), Map.of()));
        Files.writeString(folder.resolve(name + "/tokenizer.json"), tokenizer);
        Files.writeString(folder.resolve(name + "/tokenizer.model"), "the same in another form");
        Files.writeString(
                folder.resolve(name + "/tokenizer_config.json"),
                "{\"chat_template\": \"{{ %s }}\", \"added_tokens_decoder\": {}}".formatted(name));
        Files.writeString(folder.resolve(name + "/generation_config.json"), "{\"from\": \"%s\"}".formatted(name));
    }

    private static WeightMerge recipe(String more) {
        return (WeightMerge) RecipeFormat.parse("""
                {merge_method: linear, models: [{model: first, parameters: {weight: 0.25}},
                 {model: second, parameters: {weight: 0.75}}], %s}""".formatted(more));
    }

    /** Writes what a recipe makes and shows it. */
    private <T> T merged(WeightMerge recipe, Function<Checkpoint, T> show) throws IOException {
        var models = new HashMap<String, Checkpoint>();
        var storage = new FolderStorage(folder, true);
        try {
            for (String name : recipe.models()) {
                models.put(name, Checkpoint.open(storage, name));
            }
            ModelWriter.write(recipe, models, storage, "out", ModelWriter.Options.defaults());
            try (var out = Checkpoint.open(storage, "out")) {
                return show.apply(out);
            }
        } finally {
            models.values().forEach(Checkpoint::close);
        }
    }

    private float[] row(Checkpoint model, String tensor, int row) {
        try {
            MemorySegment data = model.load(tensor, Arena.global());
            return data.asSlice(row * HIDDEN * 4L, HIDDEN * 4L).toArray(ValueLayout.JAVA_FLOAT);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private float[] row(String model, String tensor, int row) {
        return Arrays.copyOfRange(values.get(model).get(tensor), row * HIDDEN, (row + 1) * HIDDEN);
    }

    private static float[] mixed(float[] first, float[] second) {
        float[] sum = new float[first.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = Math.fma(0.75f, second[i], 0.25f * first[i]);
        }
        return sum;
    }

    private JsonNode json(String file) throws IOException {
        return JSON.readTree(folder.resolve("out/" + file).toFile());
    }

    @Test
    void aUnionHasTheRowsOfEveryToken() throws IOException {
        merged(recipe("tokenizer_source: union"), out -> {
            assertThat(out.tensors().get(EMBED).shape()).containsExactly(5L, (long) HIDDEN);
            assertThat(row(out, EMBED, 0)).isEqualTo(mixed(row("first", EMBED, 0), row("second", EMBED, 2)));
            assertThat(row(out, EMBED, 1)).as("b, of the first only").isEqualTo(row("first", EMBED, 1));
            assertThat(row(out, EMBED, 2)).isEqualTo(mixed(row("first", EMBED, 2), row("second", EMBED, 0)));
            assertThat(row(out, EMBED, 3)).isEqualTo(mixed(row("first", EMBED, 3), row("second", EMBED, 1)));
            assertThat(row(out, EMBED, 4)).as("<tool>, of the second only").isEqualTo(row("second", EMBED, 3));
            assertThat(row(out, HEAD, 2))
                    .as("the second's head is its embedding")
                    .isEqualTo(mixed(row("first", HEAD, 2), row("second", EMBED, 0)));
            assertThat(row(out, HEAD, 1)).isEqualTo(row("first", HEAD, 1));
            return out;
        });
        assertThat(json("config.json").path("vocab_size").asInt()).isEqualTo(5);
        assertThat(json("config.json").path("tie_word_embeddings").asBoolean()).isFalse();
        assertThat(json("config.json").path("eos_token_id").asInt()).isEqualTo(3);
        JsonNode added = json("tokenizer.json").path("added_tokens");
        assertThat(added).hasSize(2);
        assertThat(added.get(1)).hasToString("{\"id\":4,\"content\":\"<tool>\",\"special\":true}");
        assertThat(json("tokenizer_config.json").path("added_tokens_decoder").path("4"))
                .hasToString("{\"content\":\"<tool>\",\"special\":true}");
        assertThat(folder.resolve("out/tokenizer.model"))
                .as("a form that lacks <tool>")
                .doesNotExist();
    }

    @Test
    void theVocabularyOfOneModelComesWithItsFiles() throws IOException {
        merged(recipe("tokenizer_source: second"), out -> {
            assertThat(out.tensors().get(EMBED).shape()).containsExactly(4L, (long) HIDDEN);
            assertThat(row(out, EMBED, 2)).isEqualTo(mixed(row("first", EMBED, 0), row("second", EMBED, 2)));
            assertThat(row(out, EMBED, 3)).isEqualTo(row("second", EMBED, 3));
            return out;
        });
        assertThat(json("config.json").path("eos_token_id").asInt()).isEqualTo(1);
        assertThat(json("generation_config.json").path("from").asText()).isEqualTo("second");
        for (String file : new String[] {"tokenizer.json", "tokenizer.model", "tokenizer_config.json"}) {
            assertThat(folder.resolve("out/" + file)).hasSameBinaryContentAs(folder.resolve("second/" + file));
        }
    }

    @Test
    void sameVocabulariesAreLeftAsTheyAre() throws IOException {
        Files.copy(
                folder.resolve("first/tokenizer.json"),
                folder.resolve("second/tokenizer.json"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        merged(recipe("tokenizer_source: union"), out -> {
            assertThat(row(out, EMBED, 3)).isEqualTo(mixed(row("first", EMBED, 3), row("second", EMBED, 3)));
            return out;
        });
        assertThat(folder.resolve("out/tokenizer.json")).hasSameBinaryContentAs(folder.resolve("first/tokenizer.json"));
    }

    @Test
    void refusesToMixTokensUnlessToldHow() {
        assertThatThrownBy(() -> merged(recipe("dtype: float32"), out -> out))
                .isInstanceOf(MergeException.class)
                .hasMessage(
                        "second: tokenizer.json: found 3 tokens with other numbers than in first, expected the same numbers,"
                                + " or a tokenizer_source (base, union or a model) to bring the embeddings in order");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void saysWhichTokenizerCannotBeUsed() throws IOException {
        Files.delete(folder.resolve("first/tokenizer.json"));
        Files.writeString(folder.resolve("second/tokenizer.json"), "{\"model\": {\"vocab\": {\"a\": -1}}}");
        assertThatThrownBy(() -> merged(recipe("tokenizer_source: union"), out -> out))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(
                        "first: tokenizer.json: found no such file, expected one, as the recipe has tokenizer_source")
                .hasMessageContaining(
                        "second: tokenizer.json: found a file that cannot be used: the number of token 'a' must be from 0 to 9999999, found -1");
    }

    @Test
    void aChatTemplateTakesThePlaceOfOthers() throws IOException {
        merged(recipe("tokenizer_source: union, chat_template: '{{ new }}'"), out -> out);
        assertThat(folder.resolve("out/chat_template.jinja")).hasContent("{{ new }}");
        assertThat(json("tokenizer_config.json").has("chat_template")).isFalse();
    }

    @Test
    void theTemplateOfMostModelsCanBeChosen() throws IOException {
        write("third", false, Files.readString(folder.resolve("first/tokenizer.json")));
        Files.writeString(folder.resolve("third/chat_template.jinja"), "{{ second }}\n");
        var recipe = (WeightMerge) RecipeFormat.parse("""
                {merge_method: linear, models: [{model: first}, {model: second}, {model: third}],
                 parameters: {weight: 1}, tokenizer_source: first, chat_template: auto}""");
        merged(recipe, out -> out);
        assertThat(folder.resolve("out/chat_template.jinja")).hasContent("{{ second }}");
    }
}
