package dev.evomerge.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads mergekit's tree. */
final class RecipeReader {

    /** Parameters that are on or off; written as booleans. */
    static final Set<String> SWITCHES = Set.of(
            "normalize",
            "int8_mask",
            "nuslerp_flatten",
            "nuslerp_row_wise",
            "normalize_weights",
            "filter_wise",
            "rescale");

    private static final Set<String> TOP = Set.of(
            "merge_method",
            "base_model",
            "models",
            "slices",
            "modules",
            "parameters",
            "dtype",
            "out_dtype",
            "tokenizer_source",
            "tokenizer",
            "chat_template",
            "seed",
            "layer_path");

    private RecipeReader() {}

    static Recipe read(JsonNode tree) {
        requireObject(tree, "the recipe");
        keys(tree, TOP, "the recipe");
        if (tree.has("layer_path")) {
            keys(tree, Set.of("layer_path"), "a recipe with layer_path");
            return layerPath(tree.get("layer_path"));
        }
        MergeMethod method = MergeMethod.of(text(tree, "merge_method", "the recipe"));
        Optional<String> base = optionalText(tree, "base_model", "the recipe");
        List<Slice> slices = slices(tree, method, base);
        JsonNode own = tree.path("parameters");
        Map<String, Parameter> parameters = parameters(own, "parameters", true);
        Optional<String> dtype = optionalText(tree, "out_dtype", "the recipe")
                .or(() -> optionalText(tree, "dtype", "the recipe"))
                .map(RecipeReader::dtype);
        optionalText(tree, "dtype", "the recipe").map(RecipeReader::dtype);
        return new WeightMerge(
                method,
                base,
                slices,
                parameters,
                rescale(own.path("rescale"), method),
                dtype,
                tokenizer(tree, base, slices),
                chatTemplate(tree),
                seed(tree.path("seed")));
    }

    private static LayerPath layerPath(JsonNode body) {
        requireObject(body, "layer_path");
        keys(body, Set.of("embeddings", "hops"), "layer_path");
        var hops = new ArrayList<LayerPath.Hop>();
        for (JsonNode hop : array(body, "hops", "layer_path")) {
            String where = "layer_path.hops[" + hops.size() + "]";
            requireObject(hop, where);
            keys(hop, Set.of("model", "layer", "scale"), where);
            JsonNode layer = hop.path("layer");
            if (!layer.isInt() || layer.intValue() < 0) {
                throw new RecipeException(where + ".layer must be a whole number from 0 on, found " + shown(layer));
            }
            double scale = hop.has("scale") ? number(hop.get("scale"), where + ".scale") : 1;
            hops.add(new LayerPath.Hop(text(hop, "model", where), layer.intValue(), scale));
        }
        return new LayerPath(text(body, "embeddings", "layer_path"), hops);
    }

    private static List<Slice> slices(JsonNode tree, MergeMethod method, Optional<String> base) {
        List<String> present = Stream.of("models", "slices", "modules")
                .filter(tree::hasNonNull)
                .toList();
        if (present.size() != 1) {
            throw new RecipeException("a recipe has exactly one of models, slices and modules, found "
                    + (present.isEmpty() ? "none" : String.join(" and ", present)));
        }
        return switch (present.getFirst()) {
            case "models" -> List.of(models(tree, "models", method, base));
            case "slices" -> sliceList(tree, "slices", base);
            default -> module(tree.get("modules"), method, base);
        };
    }

    private static List<Slice> module(JsonNode modules, MergeMethod method, Optional<String> base) {
        requireObject(modules, "modules");
        keys(modules, Set.of("default"), "modules (a language model has one, 'default')");
        JsonNode module = modules.path("default");
        requireObject(module, "modules.default");
        keys(module, Set.of("slices", "models", "parameters"), "modules.default");
        Map<String, Parameter> weaker = parameters(module.path("parameters"), "modules.default.parameters", false);
        List<Slice> slices = module.hasNonNull("slices")
                ? sliceList(module, "slices", base)
                : List.of(models(module, "models", method, base));
        return slices.stream()
                .map(slice -> {
                    var both = new HashMap<>(weaker);
                    both.putAll(slice.parameters());
                    return new Slice(slice.sources(), both);
                })
                .toList();
    }

    /** One slice of whole models. Where mergekit would merge an unlisted base as one more source, it is listed here. */
    private static Slice models(JsonNode parent, String key, MergeMethod method, Optional<String> base) {
        var sources = new ArrayList<Source>();
        for (JsonNode node : array(parent, key, "the recipe")) {
            String where = key + "[" + sources.size() + "]";
            requireObject(node, where);
            keys(node, Set.of("model", "parameters"), where);
            sources.add(new Source(
                    text(node, "model", where),
                    Optional.empty(),
                    parameters(node.path("parameters"), where + ".parameters", false)));
        }
        boolean listed = base.isEmpty()
                || sources.stream().anyMatch(source -> source.model().equals(base.get()));
        if (!listed && !method.usesBase()) {
            sources.add(new Source(base.get(), Optional.empty(), Map.of()));
        }
        return new Slice(sources, Map.of());
    }

    private static List<Slice> sliceList(JsonNode parent, String key, Optional<String> base) {
        var slices = new ArrayList<Slice>();
        for (JsonNode node : array(parent, key, "the recipe")) {
            String where = key + "[" + slices.size() + "]";
            requireObject(node, where);
            keys(node, Set.of("sources", "base_model", "parameters"), where);
            Optional<String> own = optionalText(node, "base_model", where);
            if (own.isPresent() && !own.equals(base)) {
                throw new RecipeException(where + ".base_model '" + own.get()
                        + "' is not supported: a recipe has one base_model, at its top, found "
                        + base.map(name -> "'" + name + "'").orElse("none"));
            }
            var sources = new ArrayList<Source>();
            for (JsonNode source : array(node, "sources", where)) {
                sources.add(sliceSource(source, where + ".sources[" + sources.size() + "]"));
            }
            slices.add(new Slice(sources, parameters(node.path("parameters"), where + ".parameters", false)));
        }
        return slices;
    }

    private static Source sliceSource(JsonNode node, String where) {
        requireObject(node, where);
        keys(node, Set.of("model", "layer_range", "parameters"), where);
        JsonNode range = node.path("layer_range");
        if (!range.isArray()
                || range.size() != 2
                || !range.get(0).isInt()
                || !range.get(1).isInt()) {
            throw new RecipeException(where + ".layer_range must be [from, to], found " + shown(range));
        }
        return new Source(
                text(node, "model", where),
                Optional.of(new LayerRange(range.get(0).intValue(), range.get(1).intValue())),
                parameters(node.path("parameters"), where + ".parameters", false));
    }

    private static Map<String, Parameter> parameters(JsonNode node, String where, boolean global) {
        var result = new HashMap<String, Parameter>();
        if (node.isMissingNode() || node.isNull()) {
            return result;
        }
        requireObject(node, where);
        node.properties().forEach(entry -> {
            String name = entry.getKey();
            if (!name.equals("rescale")) {
                result.put(name, parameter(entry.getValue(), where + "." + name));
            } else if (!global) {
                throw new RecipeException(
                        where + ".rescale is not supported: it is set once, in the recipe's own parameters");
            }
        });
        return result;
    }

    private static Parameter parameter(JsonNode node, String where) {
        if (node.isObject()) {
            return new Parameter.Filtered(List.of(rule(node, where)));
        }
        if (!node.isArray()) {
            return new Parameter.Constant(number(node, where));
        }
        var rules = new ArrayList<Parameter.Rule>();
        var points = new ArrayList<Double>();
        for (JsonNode element : node) {
            String place = where + "[" + (rules.size() + points.size()) + "]";
            if (element.isObject()) {
                rules.add(rule(element, place));
            } else {
                points.add(number(element, place));
            }
        }
        if (!rules.isEmpty() && !points.isEmpty()) {
            throw new RecipeException(where + " mixes numbers and filters; expected one kind");
        }
        return rules.isEmpty() ? new Parameter.Gradient(points) : new Parameter.Filtered(rules);
    }

    private static Parameter.Rule rule(JsonNode node, String where) {
        keys(node, Set.of("filter", "value"), where);
        if (!node.has("value")) {
            throw new RecipeException(where + " needs a value, found " + shown(node));
        }
        Optional<String> filter = optionalText(node, "filter", where).filter(text -> !text.equals("*"));
        return new Parameter.Rule(filter, parameter(node.get("value"), where + ".value"));
    }

    private static Rescale rescale(JsonNode node, MergeMethod method) {
        if (node.isMissingNode() || node.isNull()) {
            return method.isRandom() ? Rescale.L1_NORM : Rescale.NONE;
        }
        if (node.isTextual() && node.textValue().equals("inverse_density")) {
            return Rescale.INVERSE_DENSITY;
        }
        if (!node.isBoolean() && !node.isNumber()) {
            throw new RecipeException(
                    "parameters.rescale must be true, false or inverse_density, found " + shown(node));
        }
        boolean on = number(node, "parameters.rescale") != 0;
        return on && method.sparsifies() ? Rescale.L1_NORM : Rescale.NONE;
    }

    private static Optional<TokenizerSource> tokenizer(JsonNode tree, Optional<String> base, List<Slice> slices) {
        Optional<String> source = optionalText(tree, "tokenizer_source", "the recipe");
        JsonNode tokenizer = tree.path("tokenizer");
        if (tokenizer.isObject()) {
            if (source.isPresent()) {
                throw new RecipeException("a recipe has tokenizer_source or tokenizer, found both");
            }
            keys(tokenizer, Set.of("source"), "tokenizer (tokens and padding are not supported)");
            source = optionalText(tokenizer, "source", "tokenizer").or(() -> Optional.of("union"));
        } else if (!tokenizer.isMissingNode() && !tokenizer.isNull()) {
            throw new RecipeException("tokenizer must be an object with a source, found " + shown(tokenizer));
        }
        return source.map(name -> switch (name) {
            case "union" -> new TokenizerSource.Union();
            case "base" ->
                new TokenizerSource.Model(base.orElseGet(
                        () -> slices.getFirst().sources().getFirst().model()));
            default -> new TokenizerSource.Model(name);
        });
    }

    private static Optional<String> chatTemplate(JsonNode tree) {
        Optional<String> template = optionalText(tree, "chat_template", "the recipe");
        template.filter(text -> !text.contains("{") && !text.equals(WeightMerge.AUTO_TEMPLATE))
                .ifPresent(text -> {
                    throw new RecipeException(
                            "chat_template '" + text
                                    + "' is not supported: expected a Jinja template or auto; names of templates are not known here");
                });
        return template;
    }

    private static String dtype(String name) {
        return switch (name) {
            case "bf16" -> "bfloat16";
            case "fp16", "half" -> "float16";
            case "fp32", "float" -> "float32";
            default -> name;
        };
    }

    private static long seed(JsonNode node) {
        if (node.isMissingNode()) {
            return 0;
        }
        if (!node.canConvertToLong() || !node.isIntegralNumber()) {
            throw new RecipeException("seed must be a whole number of at most 64 bits, found " + shown(node));
        }
        return node.longValue();
    }

    private static double number(JsonNode node, String where) {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue() ? 1 : 0;
        }
        if (node.isTextual()) {
            switch (node.textValue()) {
                case "yes", "Yes", "on", "On", "True" -> {
                    return 1;
                }
                case "no", "No", "off", "Off", "False" -> {
                    return 0;
                }
                default -> {
                    try {
                        return Double.parseDouble(node.textValue());
                    } catch (NumberFormatException e) {
                        // falls through to the message below
                    }
                }
            }
        }
        throw new RecipeException(where + " must be a number or a boolean, found " + shown(node));
    }

    private static void keys(JsonNode node, Collection<String> known, String where) {
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new RecipeException(Names.unknown("key in " + where + ":", name, known));
            }
        });
    }

    private static JsonNode array(JsonNode parent, String key, String where) {
        JsonNode node = parent.path(key);
        if (!node.isArray() || node.isEmpty()) {
            throw new RecipeException(
                    key + " of " + where + " must be a list with at least one entry, found " + shown(node));
        }
        return node;
    }

    private static String text(JsonNode parent, String key, String where) {
        return optionalText(parent, key, where)
                .orElseThrow(() -> new RecipeException(where + " needs " + key + ", found " + shown(parent)));
    }

    private static Optional<String> optionalText(JsonNode parent, String key, String where) {
        JsonNode node = parent.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isTextual() || node.textValue().isBlank()) {
            throw new RecipeException(key + " of " + where + " must be text, found " + shown(node));
        }
        return Optional.of(node.textValue());
    }

    private static void requireObject(JsonNode node, String where) {
        if (node == null || !node.isObject()) {
            throw new RecipeException(where + " must be an object, found " + (node == null ? "nothing" : shown(node)));
        }
    }

    private static String shown(JsonNode node) {
        if (node.isMissingNode()) {
            return "nothing";
        }
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }
}
