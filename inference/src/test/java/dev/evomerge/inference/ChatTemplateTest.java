package dev.evomerge.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.inference.ChatTemplate.Message;
import dev.evomerge.inference.model.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Prompts against those of transformers; made by {@code src/test/oracle/chat_fixtures.py}. */
class ChatTemplateTest {

    @TestFactory
    Stream<DynamicTest> promptsAreThoseOfTransformers() throws IOException {
        JsonNode file = new ObjectMapper()
                .readTree(Path.of("src/test/resources/chat/expected.json").toFile());
        var tokens = new HashMap<String, String>();
        file.get("tokens")
                .properties()
                .forEach(token -> tokens.put(token.getKey(), token.getValue().textValue()));
        return StreamSupport.stream(file.get("rows").spliterator(), false)
                .map(row -> DynamicTest.dynamicTest(row.get("name").textValue(), () -> assertThat(
                                ChatTemplate.of("test", row.get("template").textValue(), tokens)
                                        .render(messages(row.get("messages"))))
                        .isEqualTo(row.get("prompt").textValue())));
    }

    private static List<Message> messages(JsonNode array) {
        var messages = new ArrayList<Message>();
        array.forEach(message -> messages.add(new Message(
                message.get("role").textValue(), message.get("content").textValue())));
        return messages;
    }

    @Test
    void aTemplateMayRefuseAConversation() {
        var template = ChatTemplate.of("models/x", "{{ raise_exception('roles must alternate') }}", Map.of());
        assertThatThrownBy(() -> template.render(List.of(new Message("user", "a"))))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("models/x", "roles must alternate");
    }

    @Test
    void whatWouldBeRenderedWronglyIsRefused() {
        assertRefused(
                "{% for k, m in messages if m.role == 'user' %}a{% endfor %}", "a loop with a condition and several");
        assertRefused(
                "{% for m in messages %}{% if m %}a{% else %}b{% endif %}{% else %}c{% endfor %}",
                "a loop with an 'else'");
    }

    private static void assertRefused(String template, String message) {
        assertThatThrownBy(() -> ChatTemplate.of("models/x", template, Map.of()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("models/x", message);
    }

    @Test
    void templatesComeFromTheModelsFiles(@TempDir Path folder) throws IOException {
        for (String file : List.of("model.safetensors", "config.json")) {
            Files.copy(Fixture.ROOT.resolve("llama").resolve(file), folder.resolve(file));
        }
        var model = new LocalModel(folder.resolve("model.safetensors"));
        assertThat(ChatTemplate.of(model)).isEmpty();
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<s>\"}, \"chat_template\": [{\"name\": \"default\", \"template\": "
                        + "\"{{ bos_token }}{{ messages[0].content }}\"}]}");
        var question = List.of(new Message("user", "q"));
        assertThat(ChatTemplate.of(model).orElseThrow().render(question)).isEqualTo("<s>q");
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages[0].content }}!");
        assertThat(ChatTemplate.of(model).orElseThrow().render(question)).isEqualTo("q!");
    }
}
