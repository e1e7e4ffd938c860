package dev.evomerge.contract.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.evomerge.contract.TaskSpec.ChatSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns a conversation into a prompt by the model's own Jinja template: chat_template.jinja, or {@code chat_template} in tokenizer_config.json.
 * The prompt holds the model's special tokens already, so it is encoded without adding any.
 */
public final class ChatTemplate {

    private static final String CONFIGURATION = "tokenizer_config.json";
    private static final String TEMPLATE = "chat_template.jinja";

    /** The files of a model that it is read from, as far as they are there. */
    public static final List<String> FILES = List.of(CONFIGURATION, TEMPLATE);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Jinjava JINJAVA = jinjava();

    /** The files of a model's folder. */
    @FunctionalInterface
    public interface Files {

        /** A file by its name, or empty if there is none. */
        Optional<byte[]> file(String name) throws IOException;
    }

    /** One turn of a conversation: {@code system}, {@code user} or {@code assistant}, and what is said. */
    record Message(String role, String content) {}

    private final String name;
    private final String template;
    private final Map<String, String> specialTokens;

    private ChatTemplate(String name, String template, Map<String, String> specialTokens) {
        this.name = name;
        this.template = JinjaDialect.rewritten(
                template,
                found -> new ChatTemplateException(name + ": the chat template has " + found
                        + ", expected loops and conditions each by themselves"));
        this.specialTokens = Map.copyOf(specialTokens);
    }

    /**
     * A model's template.
     *
     * @param model what to call it in messages
     * @throws ChatTemplateException if it has none, or one that would be rendered wrongly
     * @throws IOException           if its files cannot be read
     */
    public static ChatTemplate of(String model, Files files) throws IOException {
        JsonNode configuration = configuration(model, files);
        Optional<byte[]> file = files.file(TEMPLATE);
        Optional<String> template = file.isPresent()
                ? file.map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                : inConfiguration(configuration.path("chat_template"));
        return template.map(text -> new ChatTemplate(model, text, specialTokens(configuration)))
                .orElseThrow(() -> new ChatTemplateException(model + ": no chat template in " + CONFIGURATION
                        + " and no chat_template.jinja, expected one, as a task is a chat"));
    }

    private static JsonNode configuration(String model, Files files) throws IOException {
        Optional<byte[]> bytes = files.file(CONFIGURATION);
        try {
            return bytes.isPresent() ? JSON.readTree(bytes.get()) : JSON.createObjectNode();
        } catch (JsonProcessingException e) {
            throw new ChatTemplateException(
                    model + ": " + CONFIGURATION + ": not valid JSON: " + e.getOriginalMessage());
        }
    }

    /** A template by itself. */
    static ChatTemplate of(String name, String template, Map<String, String> specialTokens) {
        return new ChatTemplate(name, template, specialTokens);
    }

    /** One template, or several by name, of which the default is taken. */
    private static Optional<String> inConfiguration(JsonNode node) {
        if (node.isTextual()) {
            return Optional.of(node.textValue());
        }
        for (JsonNode named : node) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> specialTokens(JsonNode json) {
        var tokens = new HashMap<String, String>();
        for (String key : List.of("bos_token", "eos_token", "unk_token", "pad_token")) {
            JsonNode token = json.path(key);
            String text = token.isObject() ? token.path("content").asText("") : token.asText("");
            if (!token.isNull() && !token.isMissingNode()) {
                tokens.put(key, text);
            }
        }
        return tokens;
    }

    /**
     * What a task's prompt becomes where it is what a user says.
     *
     * @throws ChatTemplateException if the template cannot be rendered, or refuses the conversation itself
     */
    public String render(ChatSpec chat, String prompt) {
        var user = new Message("user", prompt);
        return render(chat.system()
                .map(system -> List.of(new Message("system", system), user))
                .orElse(List.of(user)));
    }

    /** The prompt that asks for the assistant's next turn. */
    String render(List<Message> conversation) {
        var context = new HashMap<String, Object>(specialTokens);
        context.put(
                "messages",
                conversation.stream()
                        .map(message -> Map.of("role", message.role(), "content", message.content()))
                        .toList());
        context.put("add_generation_prompt", true);
        RenderResult result = JINJAVA.renderForResult(template, context);
        if (result.hasErrors()) {
            throw new ChatTemplateException(name + ": the chat template cannot be rendered: "
                    + rootMessage(result.getErrors().getFirst()));
        }
        return result.getOutput();
    }

    private static String rootMessage(TemplateError error) {
        Throwable cause = error.getException();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? error.getMessage() : error.getMessage() + ": " + cause.getMessage();
    }

    private static Jinjava jinjava() {
        var jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withLegacyOverrides(LegacyOverrides.ALL)
                // What a message says is text, whatever it looks like.
                .withNestedInterpretationEnabled(false)
                .build());
        jinjava.getGlobalContext()
                .registerFunction(
                        new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "refuse", String.class));
        jinjava.getGlobalContext().registerFilter(new StripFilter("lstrip", true));
        jinjava.getGlobalContext().registerFilter(new StripFilter("rstrip", false));
        return jinjava;
    }

    /** Python's {@code lstrip} or {@code rstrip}: takes away the given characters at one end. */
    private record StripFilter(String name, boolean leading) implements Filter {

        @Override
        public String getName() {
            return name;
        }

        @Override
        public Object filter(Object value, JinjavaInterpreter interpreter, String... characters) {
            String text = String.valueOf(value);
            int from = 0;
            int to = text.length();
            while (leading && from < to && characters[0].indexOf(text.charAt(from)) >= 0) {
                from++;
            }
            while (!leading && from < to && characters[0].indexOf(text.charAt(to - 1)) >= 0) {
                to--;
            }
            return text.substring(from, to);
        }
    }

    /** {@code raise_exception} of templates. */
    public static String refuse(String message) {
        throw new ChatTemplateException(message);
    }
}
