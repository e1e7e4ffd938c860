package dev.evomerge.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.evomerge.inference.model.ModelConfig.Activation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Typed access to a config.json; what is missing or of another type is refused by its key.
 *
 * @param name where it lies, for messages
 * @param json its content
 */
record ConfigJson(String name, JsonNode json) {

    /** One without any key. */
    static ConfigJson empty(String name) {
        return new ConfigJson(name, JsonNodeFactory.instance.objectNode());
    }

    static ConfigJson parse(String name, byte[] bytes) {
        try {
            return new ConfigJson(name, new ObjectMapper().readTree(bytes));
        } catch (IOException e) {
            throw new UnsupportedModelException(name + ": not valid JSON: " + e.getMessage());
        }
    }

    int integer(String key) {
        return optional(key)
                .map(node -> integer(key, node))
                .orElseThrow(() -> refuse(key + " is missing, expected an integer"));
    }

    int integer(String key, int otherwise) {
        return optional(key).map(node -> integer(key, node)).orElse(otherwise);
    }

    private int integer(String key, JsonNode node) {
        if (!node.isInt() || node.intValue() < 1) {
            throw refuse(key + " is " + node + ", expected an integer ≥ 1");
        }
        return node.intValue();
    }

    double number(String key, double otherwise) {
        return optional(key)
                .map(node -> {
                    if (!node.isNumber()) {
                        throw refuse(key + " is " + node + ", expected a number");
                    }
                    return node.doubleValue();
                })
                .orElse(otherwise);
    }

    double number(String key) {
        if (optional(key).isEmpty()) {
            throw refuse(key + " is missing, expected a number");
        }
        return number(key, 0);
    }

    boolean flag(String key, boolean otherwise) {
        return optional(key)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw refuse(key + " is " + node + ", expected true or false");
                    }
                    return node.booleanValue();
                })
                .orElse(otherwise);
    }

    String text(String key, String otherwise) {
        return optional(key)
                .map(node -> {
                    if (!node.isTextual()) {
                        throw refuse(key + " is " + node + ", expected a string");
                    }
                    return node.textValue();
                })
                .orElse(otherwise);
    }

    /** Numbers of an array, empty if there is none. */
    List<Double> numbers(String key) {
        var numbers = new ArrayList<Double>();
        optional(key).ifPresent(node -> node.forEach(number -> numbers.add(number.doubleValue())));
        return numbers;
    }

    /** Strings of an array, empty if there is none. */
    List<String> texts(String key) {
        var texts = new ArrayList<String>();
        optional(key).ifPresent(node -> node.forEach(text -> texts.add(text.asText())));
        return texts;
    }

    /** An object inside, if there is one. */
    Optional<ConfigJson> object(String key) {
        return optional(key).filter(JsonNode::isObject).map(node -> new ConfigJson(name + ": " + key, node));
    }

    private Optional<JsonNode> optional(String key) {
        return Optional.ofNullable(json.get(key)).filter(node -> !node.isNull());
    }

    /** The activation named by the first of the keys that is there. */
    Activation activation(String... keys) {
        for (String key : keys) {
            String name = text(key, "");
            if (!name.isEmpty()) {
                return switch (name) {
                    case "silu", "swish" -> Activation.SILU;
                    case "gelu_pytorch_tanh", "gelu_new" -> Activation.GELU_TANH;
                    default -> throw refuse(key + " is '" + name + "', expected silu or gelu_pytorch_tanh");
                };
            }
        }
        throw refuse(keys[0] + " is missing, expected an activation");
    }

    /** {@code eos_token_id}: one id or several. */
    List<Integer> endOfText() {
        return optional("eos_token_id")
                .map(node -> node.isArray()
                        ? IntStream.range(0, node.size())
                                .mapToObj(i -> node.get(i).intValue())
                                .toList()
                        : List.of(node.intValue()))
                .orElse(List.of());
    }

    UnsupportedModelException refuse(String problem) {
        return new UnsupportedModelException(name + ": " + problem);
    }
}
