package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** What is not a tensor's shape and yet must be the same for all layers that one config.json describes. */
final class LayerTraits {

    private static final double DEFAULT_THETA = 10_000;

    private LayerTraits() {}

    /** Where layers differ from those of the path's outer model. */
    static List<Problem> compare(LayerPath path, Map<String, ? extends TensorSource> models) {
        Map<String, Object> expected = of(models.get(path.embeddings()).config());
        var problems = new ArrayList<Problem>();
        for (String name : path.models()) {
            Map<String, Object> found = of(models.get(name).config());
            expected.forEach((key, value) -> {
                if (!Objects.equals(found.get(key), value)) {
                    problems.add(new Problem(
                            name,
                            Optional.of("config.json: " + key),
                            String.valueOf(found.get(key)),
                            value + " as in " + path.embeddings()));
                }
            });
        }
        return problems;
    }

    private static Map<String, Object> of(JsonNode config) {
        JsonNode parameters = config.path("rope_parameters");
        var traits = new TreeMap<String, Object>();
        traits.put("rms_norm_eps", config.path("rms_norm_eps").asDouble());
        traits.put(
                "rope_theta",
                config.path("rope_theta").asDouble(parameters.path("rope_theta").asDouble(DEFAULT_THETA)));
        traits.put("rope_scaling", scaling(config.path("rope_scaling"), parameters));
        traits.put(
                "sliding_window",
                config.path("use_sliding_window").asBoolean(true)
                        ? config.path("sliding_window").asInt()
                        : 0);
        return traits;
    }

    private static String scaling(JsonNode older, JsonNode newer) {
        JsonNode scaling = older.isObject() ? older : newer;
        String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
        if (type.equals("default")) {
            return "none";
        }
        ObjectNode numbers = scaling.deepCopy();
        numbers.remove(List.of("rope_theta", "type", "rope_type"));
        return type + " " + numbers;
    }

    /** Whether a layer sees all that is past or a window only, where layers of a model differ in that. */
    static Optional<String> kind(JsonNode config, int layer) {
        if (config.path("layer_types").isArray()) {
            return Optional.of(config.path("layer_types").path(layer).asText());
        }
        if (config.path("model_type").asText().equals("gemma2")) {
            return Optional.of(layer % 2 == 0 ? "sliding_attention" : "full_attention");
        }
        if (config.path("use_sliding_window").asBoolean(false)) {
            int first = config.path("max_window_layers").asInt(28);
            return Optional.of(layer >= first ? "sliding_attention" : "full_attention");
        }
        return Optional.empty();
    }
}
