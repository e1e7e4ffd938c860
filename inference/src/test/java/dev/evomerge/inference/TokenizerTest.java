package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.inference.model.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens against Hugging Face's Python binding, on a corpus of scripts, emoji, special tokens and white space. */
class TokenizerTest {

    static final Path ROOT = Path.of("src/test/resources/tokenizers");

    static Tokenizer read(String name) throws IOException {
        return Tokenizer.read(name, Files.readAllBytes(ROOT.resolve(name).resolve("tokenizer.json")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "byte-fallback", "characters", "unigram"})
    void tokensAreThoseOfPython(String name) throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(ROOT.resolve(name).resolve("expected.json").toFile());
        try (Tokenizer tokenizer = read(name)) {
            var texts = new ArrayList<String>();
            for (JsonNode row : expected.get("rows")) {
                String text = row.get("text").textValue();
                texts.add(text);
                List<Integer> ids = integers(row.get("ids"));
                assertThat(tokenizer.encode(text, true)).as(text).containsExactly(array(ids));
                assertThat(tokenizer.encode(text, false))
                        .as(text)
                        .containsExactly(array(integers(row.get("ids_plain"))));
                assertThat(tokenizer.decode(ids, true))
                        .isEqualTo(row.get("decoded").textValue());
                assertThat(tokenizer.decode(ids, false))
                        .isEqualTo(row.get("decoded_special").textValue());
            }
            assertThat(tokenizer.encode(texts, true))
                    .containsExactlyElementsOf(texts.stream()
                            .map(text -> tokenizer.encode(text, true))
                            .toList());
        }
    }

    @Test
    void longTextsAreNotCut() throws IOException {
        try (Tokenizer tokenizer = read("characters")) {
            assertThat(tokenizer.encode("猫".repeat(5000), false)).hasSize(5000);
        }
    }

    @Test
    void whatIsNoTokenizerIsRefused() {
        assertThatThrownBy(() -> Tokenizer.read("models/x", "{\"a\": 1}".getBytes()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("models/x");
    }

    @Test
    void aModelWithoutATokenizerIsRefused() throws IOException {
        var model = new LocalModel(Fixture.ROOT.resolve("llama").resolve("model.safetensors"));
        assertThatThrownBy(() -> Tokenizer.of(model))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(model.name(), "no tokenizer.json");
    }

    private static List<Integer> integers(JsonNode array) {
        var integers = new ArrayList<Integer>();
        array.forEach(node -> integers.add(node.intValue()));
        return integers;
    }

    private static int[] array(List<Integer> integers) {
        return integers.stream().mapToInt(i -> i).toArray();
    }
}
