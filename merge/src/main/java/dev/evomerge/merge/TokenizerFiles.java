package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.TokenizerSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The files of a merged model's tokenizer: those of the model that gives it, changed where the recipe asks for more. */
final class TokenizerFiles {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIG = "tokenizer_config.json";
    private static final String TEMPLATE = "chat_template.jinja";
    private static final String OLD_TEMPLATE = "chat_template.json";
    private static final String TEMPLATE_KEY = "chat_template";

    /** Other forms of a vocabulary; they know nothing of the tokens that a union adds. */
    private static final List<String> OTHER_FORMS =
            List.of("tokenizer.model", "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt");

    private static final List<String> NAMES =
            List.of(Vocabularies.FILE, CONFIG, "special_tokens_map.json", TEMPLATE, OLD_TEMPLATE);

    private TokenizerFiles() {}

    /** A model's own files, by name. */
    static Map<String, byte[]> of(TensorSource model) throws IOException {
        var files = new TreeMap<String, byte[]>();
        for (List<String> names : List.of(NAMES, OTHER_FORMS)) {
            for (String name : names) {
                model.file(name).ifPresent(bytes -> files.put(name, bytes));
            }
        }
        return files;
    }

    /**
     * The output's files, by name.
     *
     * @param union the output's vocabulary, where it is none of the models'
     */
    static Map<String, byte[]> of(
            WeightMerge recipe, Map<String, ? extends TensorSource> models, Optional<Vocabulary> union)
            throws IOException {
        var files = of(models.get(giver(recipe)));
        if (union.isPresent()) {
            files.keySet().removeAll(OTHER_FORMS);
            files.put(Vocabularies.FILE, Json.pretty(union.get().file()));
            addTokens(files, union.get());
        }
        Optional<String> template = recipe.chatTemplate();
        if (template.equals(Optional.of(WeightMerge.AUTO_TEMPLATE))) {
            template = mostCommonTemplate(recipe, models);
        }
        if (template.isPresent()) {
            files.remove(OLD_TEMPLATE);
            files.put(TEMPLATE, template.get().getBytes(StandardCharsets.UTF_8));
            if (config(files) instanceof ObjectNode config && config.remove(TEMPLATE_KEY) != null) {
                files.put(CONFIG, Json.pretty(config));
            }
        }
        return files;
    }

    /** The model whose tokenizer the output has, or extends. */
    static String giver(WeightMerge recipe) {
        return recipe.tokenizer().orElse(null) instanceof TokenizerSource.Model(String name)
                ? name
                : recipe.reference();
    }

    private static void addTokens(Map<String, byte[]> files, Vocabulary union) throws IOException {
        if (config(files) instanceof ObjectNode config) {
            ObjectNode decoder = config.withObjectProperty("added_tokens_decoder");
            union.addedTokens().forEach((id, token) -> {
                if (!decoder.has(id.toString())) {
                    decoder.set(id.toString(), token.deepCopy().without("id"));
                }
            });
            files.put(CONFIG, Json.pretty(config));
        }
    }

    private static JsonNode config(Map<String, byte[]> files) throws IOException {
        return files.containsKey(CONFIG) ? JSON.readTree(files.get(CONFIG)) : JSON.missingNode();
    }

    /** The template that most models have; of equally common ones, that of the first model in the recipe. */
    private static Optional<String> mostCommonTemplate(WeightMerge recipe, Map<String, ? extends TensorSource> models)
            throws IOException {
        var counts = new LinkedHashMap<String, Integer>();
        for (String name : Vocabularies.inOrder(recipe)) {
            template(of(models.get(name))).ifPresent(template -> counts.merge(template, 1, Integer::sum));
        }
        int most = counts.values().stream().mapToInt(count -> count).max().orElse(0);
        return counts.entrySet().stream()
                .filter(template -> template.getValue() == most)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static Optional<String> template(Map<String, byte[]> files) throws IOException {
        if (files.containsKey(TEMPLATE)) {
            return Optional.of(new String(files.get(TEMPLATE), StandardCharsets.UTF_8).strip());
        }
        JsonNode template = files.containsKey(OLD_TEMPLATE)
                ? JSON.readTree(files.get(OLD_TEMPLATE)).path(TEMPLATE_KEY)
                : config(files).path(TEMPLATE_KEY);
        for (JsonNode named : template.isArray() ? template : JSON.createArrayNode()) {
            if (named.path("name").asText().equals("default")) {
                template = named.path("template");
            }
        }
        return Optional.of(template).filter(JsonNode::isTextual).map(text -> text.textValue()
                .strip());
    }
}
