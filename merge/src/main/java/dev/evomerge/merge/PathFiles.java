package dev.evomerge.merge;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a path with scales is stored: as the models that were released with arXiv 2403.13187. Those have {@code num_hops} in config.json and two
 * tensors, {@code model.input_layers} (per hop the index of its layer, I32) and {@code model.input_scales} (per hop what its input is multiplied
 * by, F32). Ours have both lists in config.json too, where a program can read them before the weights, and the program for {@code transformers}
 * that the released ones have: a configuration and a model named after the family.
 */
final class PathFiles {

    /** Families whose classes in {@code transformers} go by one name, {@code model_type} and architecture. */
    private static final Set<String> FAMILIES = Set.of("Llama", "Mistral", "Qwen2", "Qwen3", "Phi3", "Gemma2");

    /** The key, and the tensor's name, of the layer that each hop visits. */
    static final String LAYERS = "input_layers";

    private static final String SCALES = "input_scales";

    private PathFiles() {}

    /** What is wrong if {@code transformers} could not run a path through a model's layers. */
    static Optional<Problem> check(TensorSource model) {
        return FAMILIES.contains(family(model.config()))
                ? Optional.empty()
                : Optional.of(new Problem(
                        model.name(),
                        Optional.of("config.json: architectures"),
                        model.config().path("architectures").toString(),
                        "the causal model of one of the families "
                                + FAMILIES.stream().sorted().toList() + ", or hops whose scales are all 1"));
    }

    private static String family(JsonNode config) {
        return config.path("architectures").path(0).asText().replaceFirst("ForCausalLM$", "");
    }

    /** Adds the path to a configuration, and where its program lies. */
    static void describe(ObjectNode config, List<Integer> layers, List<Double> scales) {
        String family = family(config);
        String file = "evo" + family.toLowerCase(Locale.ROOT);
        config.put("num_hops", layers.size());
        ArrayNode layerOfHop = config.putArray(LAYERS);
        layers.forEach(layerOfHop::add);
        ArrayNode scaleOfHop = config.putArray(SCALES);
        scales.forEach(scaleOfHop::add);
        config.put("model_type", file);
        config.putArray("architectures").add("Evo" + family + "ForCausalLM");
        config.putObject("auto_map")
                .put("AutoConfig", "configuration_" + file + ".Evo" + family + "Config")
                .put("AutoModelForCausalLM", "modeling_" + file + ".Evo" + family + "ForCausalLM");
    }

    /** The program, by file names. */
    static SortedMap<String, byte[]> programs(TensorSource model) {
        String family = family(model.config());
        String lower = family.toLowerCase(Locale.ROOT);
        var files = new TreeMap<String, byte[]>();
        for (String name : List.of("configuration_evollama.py", "modeling_evollama.py")) {
            String text = resource(name).replace("llama", lower).replace("Llama", family);
            files.put(name.replace("llama", lower), text.getBytes(UTF_8));
        }
        return files;
    }

    private static String resource(String name) {
        try (InputStream in = PathFiles.class.getResourceAsStream("path/" + name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The path's two tensors.
     *
     * @param model what they go along with
     */
    static TensorSource tensors(TensorSource model, List<Integer> layers, List<Double> scales) {
        int hops = layers.size();
        Arena arena = Arena.ofAuto();
        MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, hops);
        MemorySegment factors = arena.allocate(ValueLayout.JAVA_FLOAT, hops);
        for (int hop = 0; hop < hops; hop++) {
            indices.setAtIndex(ValueLayout.JAVA_INT, hop, layers.get(hop));
            factors.setAtIndex(ValueLayout.JAVA_FLOAT, hop, scales.get(hop).floatValue());
        }
        var infos = new TreeMap<String, TensorInfo>();
        infos.put("model." + LAYERS, TensorInfo.of(DType.I32, hops));
        infos.put("model." + SCALES, TensorInfo.of(DType.F32, hops));
        return new MemoryModel(
                "the path",
                model.config(),
                infos,
                Map.of("model." + LAYERS, indices, "model." + SCALES, factors),
                model);
    }
}
