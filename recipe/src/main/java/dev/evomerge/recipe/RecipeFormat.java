package dev.evomerge.recipe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The written form of a recipe: mergekit's YAML, or the same tree as JSON.
 *
 * <p>Keys of our own, which mergekit passes over or refuses:
 * <ul>
 *   <li>{@code seed} (integer, default 0) seeds the random methods;
 *   <li>{@code parameters.rescale: inverse_density} scales by 1/density ({@code true} is mergekit's L1 norm, {@code false} none; where
 *       it is not there, mergekit's default for the method holds);
 *   <li>{@code layer_path} holds a {@link LayerPath} and stands alone:
 *       {@code {embeddings: a, hops: [{model: a, layer: 0, scale: 1.0}, …]}}.
 * </ul>
 *
 * <p>Nothing is passed over: a key, method or parameter that is not supported is refused by name. Three things are read and not
 * written again as they were: {@code modules.default} becomes plain slices; {@code dtype} with {@code out_dtype} becomes the output's type
 * (sums are always taken in 32 bits); and {@code rescale} is always written.
 */
public final class RecipeFormat {

    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private RecipeFormat() {}

    /**
     * Reads a recipe from YAML or JSON text.
     *
     * @throws RecipeException if it is no recipe; the message names the place, what was found and what was expected
     */
    public static Recipe parse(String text) {
        try {
            return fromTree(YAML.readTree(text));
        } catch (JsonProcessingException e) {
            throw new RecipeException("the recipe is not valid YAML: " + e.getOriginalMessage()
                    + (e.getLocation() == null
                            ? ""
                            : " (line " + e.getLocation().getLineNr() + ")"));
        }
    }

    /**
     * Reads a recipe from its tree.
     *
     * @throws RecipeException as {@link #parse}
     */
    public static Recipe fromTree(JsonNode tree) {
        return RecipeReader.read(tree);
    }

    /** The recipe as mergekit's YAML. */
    public static String toYaml(Recipe recipe) {
        return write(YAML, recipe);
    }

    /** The recipe as one line of JSON; equal recipes give equal text. */
    public static String toJson(Recipe recipe) {
        return write(JSON, recipe);
    }

    private static String write(ObjectMapper mapper, Recipe recipe) {
        try {
            return mapper.writeValueAsString(toTree(recipe));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes can always be written", e);
        }
    }

    /** The recipe as a tree; equal recipes give equal trees with keys in the same order. */
    public static JsonNode toTree(Recipe recipe) {
        return switch (recipe) {
            case WeightMerge merge -> weightMerge(merge);
            case LayerPath path -> layerPath(path);
        };
    }

    private static ObjectNode layerPath(LayerPath path) {
        ObjectNode tree = NODES.objectNode();
        ObjectNode body = tree.putObject("layer_path");
        body.put("embeddings", path.embeddings());
        ArrayNode hops = body.putArray("hops");
        path.hops().forEach(hop -> hops.addObject()
                .put("model", hop.model())
                .put("layer", hop.layer())
                .put("scale", hop.scale()));
        return tree;
    }

    private static ObjectNode weightMerge(WeightMerge merge) {
        ObjectNode tree = NODES.objectNode();
        tree.put("merge_method", merge.method().id());
        merge.base().ifPresent(base -> tree.put("base_model", base));
        if (isWhole(merge)) {
            sources(tree.putArray("models"), merge.slices().getFirst());
        } else {
            ArrayNode slices = tree.putArray("slices");
            for (Slice slice : merge.slices()) {
                ObjectNode node = slices.addObject();
                sources(node.putArray("sources"), slice);
                parameters(node, slice.parameters(), Optional.empty());
            }
        }
        Optional<Rescale> rescale =
                Optional.of(merge.rescale()).filter(any -> merge.method().sparsifies());
        parameters(tree, merge.parameters(), rescale);
        merge.dtype().ifPresent(dtype -> tree.put("dtype", "float32").put("out_dtype", dtype));
        merge.tokenizer()
                .ifPresent(tokenizer -> tree.put(
                        "tokenizer_source",
                        switch (tokenizer) {
                            case TokenizerSource.Model(String name) -> name;
                            case TokenizerSource.Union() -> "union";
                        }));
        merge.chatTemplate().ifPresent(template -> tree.put("chat_template", template));
        if (merge.seed() != 0) {
            tree.put("seed", merge.seed());
        }
        return tree;
    }

    /** Whether the recipe can be written as {@code models}: one slice of whole models without parameters of its own. */
    private static boolean isWhole(WeightMerge merge) {
        Slice only = merge.slices().getFirst();
        return merge.slices().size() == 1
                && only.parameters().isEmpty()
                && only.sources().stream().allMatch(source -> source.layers().isEmpty());
    }

    private static void sources(ArrayNode array, Slice slice) {
        for (Source source : slice.sources()) {
            ObjectNode node = array.addObject();
            node.put("model", source.model());
            source.layers()
                    .ifPresent(range ->
                            node.putArray("layer_range").add(range.from()).add(range.to()));
            parameters(node, source.parameters(), Optional.empty());
        }
    }

    private static void parameters(ObjectNode node, Map<String, Parameter> parameters, Optional<Rescale> rescale) {
        if (parameters.isEmpty() && rescale.isEmpty()) {
            return;
        }
        ObjectNode body = node.putObject("parameters");
        new TreeMap<>(parameters).forEach((name, value) -> body.set(name, parameter(name, value)));
        rescale.ifPresent(how -> {
            switch (how) {
                case NONE -> body.put("rescale", false);
                case L1_NORM -> body.put("rescale", true);
                case INVERSE_DENSITY -> body.put("rescale", "inverse_density");
            }
        });
    }

    private static JsonNode parameter(String name, Parameter parameter) {
        return switch (parameter) {
            case Parameter.Constant(double value) -> number(name, value);
            case Parameter.Gradient(List<Double> points) -> {
                ArrayNode array = NODES.arrayNode();
                points.forEach(point -> array.add(number(name, point)));
                yield array;
            }
            case Parameter.Filtered(List<Parameter.Rule> rules) -> {
                ArrayNode array = NODES.arrayNode();
                for (Parameter.Rule rule : rules) {
                    ObjectNode node = array.addObject();
                    rule.filter().ifPresent(filter -> node.put("filter", filter));
                    node.set("value", parameter(name, rule.value()));
                }
                yield array;
            }
        };
    }

    private static JsonNode number(String name, double value) {
        if (RecipeReader.SWITCHES.contains(name)) {
            return NODES.booleanNode(value != 0);
        }
        return name.equals("max_iter") ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }
}
