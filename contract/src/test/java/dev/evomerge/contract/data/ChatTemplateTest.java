package dev.evomerge.contract.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.contract.TaskSpec.ChatSpec;
import dev.evomerge.contract.data.ChatTemplate.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

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
                .isInstanceOf(ChatTemplateException.class)
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
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContainingAll("models/x", message);
    }

    @Test
    void templatesComeFromTheModelsFiles() throws IOException {
        var files = new HashMap<String, String>();
        assertThatThrownBy(() -> of(files))
                .hasMessage(
                        "models/x: no chat template in tokenizer_config.json and no chat_template.jinja, expected one, "
                                + "as a task is a chat");
        files.put("tokenizer_config.json", "{");
        assertThatThrownBy(() -> of(files))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith("models/x: tokenizer_config.json: not valid JSON: ");
        files.put(
                "tokenizer_config.json",
                "{\"bos_token\": {\"content\": \"<s>\"}, \"chat_template\": [{\"name\": \"default\", \"template\": "
                        + "\"{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }} {% endfor %}\"}]}");
        assertThat(of(files).render(new ChatSpec(Optional.empty()), "q")).isEqualTo("<s>user: q ");
        assertThat(of(files).render(new ChatSpec(Optional.of("s")), "q")).isEqualTo("<s>system: s user: q ");
        files.put("chat_template.jinja", "{{ messages[0].content }}!");
        assertThat(of(files).render(new ChatSpec(Optional.empty()), "q")).isEqualTo("q!");
    }

    private static ChatTemplate of(Map<String, String> files) throws IOException {
        return ChatTemplate.of(
                "models/x", name -> Optional.ofNullable(files.get(name)).map(String::getBytes));
    }
}
