package dev.evomerge.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;
import dev.evomerge.inference.model.ModelConfig.Visit;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** A family of models: reads its config.json. A new family is one implementation, an entry here, and a fixture. */
interface Family {

    /** What the architecture of a model begins with that is a path through the layers of a family, as {@code evomerge merge} writes them. */
    String PATH = "Evo";

    /** By the first entry of {@code architectures}. */
    Map<String, Family> BY_ARCHITECTURE = Map.of(
            "LlamaForCausalLM", new Llama(),
            "MistralForCausalLM", new Mistral(),
            "Qwen2ForCausalLM", new Qwen(false),
            "Qwen3ForCausalLM", new Qwen(true),
            "Gemma2ForCausalLM", new Gemma(false),
            "Gemma3ForCausalLM", new Gemma(true),
            "Phi3ForCausalLM", new Phi3());

    ModelConfig read(ConfigJson config);

    /** See {@link ModelConfig#read}. */
    static ModelConfig read(String name, JsonNode json) {
        var config = new ConfigJson(name + ": config.json", json);
        List<String> architectures = config.texts("architectures");
        String architecture = architectures.isEmpty() ? "missing" : architectures.getFirst();
        Family family = BY_ARCHITECTURE.get(
                architecture.startsWith(PATH) ? architecture.substring(PATH.length()) : architecture);
        if (family == null) {
            throw config.refuse("the architecture is " + architecture + ", expected one of "
                    + String.join(
                            ", ", BY_ARCHITECTURE.keySet().stream().sorted().toList()));
        }
        if (config.object("quantization_config").isPresent()) {
            throw config.refuse("the model is quantized, expected plain bfloat16, float16 or float32 weights");
        }
        try {
            return family.read(config);
        } catch (IllegalArgumentException e) {
            throw config.refuse(e.getMessage());
        }
    }

    /**
     * A configuration of the keys that all families share, and what the family adds.
     *
     * @param tied whether the head is the embedding where config.json does not say
     */
    static ModelConfig config(ConfigJson config, int headDim, List<Layer> layers, Traits traits, boolean tied) {
        int heads = config.integer("num_attention_heads");
        return new ModelConfig(
                config.texts("architectures").getFirst(),
                config.integer("vocab_size"),
                config.integer("hidden_size"),
                config.integer("intermediate_size"),
                heads,
                config.integer("num_key_value_heads", heads),
                headDim,
                config.integer("max_position_embeddings"),
                config.number("rms_norm_eps", 1e-6),
                config.flag("tie_word_embeddings", tied),
                layers,
                path(config, layers.size()),
                traits,
                config.endOfText());
    }

    private static List<Visit> path(ConfigJson config, int layers) {
        if (!config.texts("architectures").getFirst().startsWith(PATH)) {
            return IntStream.range(0, layers)
                    .mapToObj(layer -> new Visit(layer, 1))
                    .toList();
        }
        List<Double> visited = config.numbers("input_layers");
        List<Double> scales = config.numbers("input_scales");
        if (visited.isEmpty() || visited.size() != scales.size()) {
            throw config.refuse("input_layers has " + visited.size() + " entries and input_scales " + scales.size()
                    + ", expected one of both per hop");
        }
        for (double layer : visited) {
            if (layer < 0 || layer >= layers) {
                throw config.refuse("input_layers names layer " + (int) layer + ", expected 0 to " + (layers - 1));
            }
        }
        return IntStream.range(0, visited.size())
                .mapToObj(hop -> new Visit(visited.get(hop).intValue(), scales.get(hop)))
                .toList();
    }

    static int headDim(ConfigJson config) {
        return config.integer("head_dim", config.integer("hidden_size") / config.integer("num_attention_heads"));
    }

    /**
     * Each layer's kind, by {@code layer_types}.
     *
     * @param slidingByDefault which layers see a window only where config.json does not say
     */
    static List<Layer> layers(ConfigJson config, IntPredicate slidingByDefault, Layer full, Layer sliding) {
        int count = config.integer("num_hidden_layers");
        List<String> types = config.texts("layer_types");
        if (!types.isEmpty() && types.size() != count) {
            throw config.refuse("layer_types has " + types.size() + " entries, expected num_hidden_layers, " + count);
        }
        return IntStream.range(0, count)
                .mapToObj(layer -> types.isEmpty()
                        ? slidingByDefault.test(layer) ? sliding : full
                        : layer(config, types.get(layer), full, sliding))
                .toList();
    }

    private static Layer layer(ConfigJson config, String type, Layer full, Layer sliding) {
        return switch (type) {
            case "full_attention" -> full;
            case "sliding_attention" -> sliding;
            default ->
                throw config.refuse("a layer's type is '" + type + "', expected full_attention or sliding_attention");
        };
    }
}
