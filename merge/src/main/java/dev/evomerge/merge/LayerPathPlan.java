package dev.evomerge.merge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.OutputTensor.Input;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Rescale;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A layer path as a model folder: each visited layer once, numbered in the order of its first visit; and in config.json the hops, as
 * the models released with arXiv 2403.13187 have them: {@code num_hops}, {@code input_layers} (per hop the index of its layer) and
 * {@code input_scales} (per hop what its input is multiplied by).
 */
final class LayerPathPlan implements OutputModel {

    private final ObjectNode config;
    private final TreeMap<String, OutputTensor> tensors = new TreeMap<>();

    private LayerPathPlan(ObjectNode config) {
        this.config = config;
    }

    private record Layer(String model, int number) {}

    static LayerPathPlan of(LayerPath path, Map<String, ? extends TensorSource> models) {
        var known = new LinkedHashMap<Layer, Integer>();
        var problems = new ArrayList<Problem>();
        TensorSource first = models.get(path.embeddings());
        var plan = new LayerPathPlan(first.config().deepCopy());
        ArrayNode layers = plan.config.putArray("input_layers");
        ArrayNode scales = plan.config.putArray("input_scales");
        for (LayerPath.Hop hop : path.hops()) {
            Layer layer = new Layer(hop.model(), hop.layer());
            if (!known.containsKey(layer)) {
                known.put(layer, known.size());
                plan.addLayer(layer, known.get(layer), models.get(hop.model()), problems);
            }
            layers.add(known.get(layer));
            scales.add(hop.scale());
        }
        plan.config.put("num_hops", path.hops().size());
        plan.config.put("num_hidden_layers", known.size());
        first.tensors().keySet().stream()
                .filter(name -> TensorName.of(name).layer().isEmpty())
                .forEach(name -> plan.add(name, path.embeddings(), first, name));
        if (!problems.isEmpty()) {
            throw new MergeException(problems);
        }
        return plan;
    }

    private void addLayer(Layer layer, int number, TensorSource model, List<Problem> problems) {
        int before = tensors.size();
        for (String tensor : model.tensors().keySet()) {
            TensorName name = TensorName.of(tensor);
            if (name.layer().orElse(-1) == layer.number()) {
                add(name.inLayer(number), layer.model(), model, tensor);
            }
        }
        if (tensors.size() == before) {
            problems.add(new Problem(
                    layer.model(),
                    Optional.empty(),
                    "no layer " + layer.number(),
                    "a layer below " + MergePlan.countLayers(model)));
        }
    }

    private void add(String output, String modelName, TensorSource model, String tensor) {
        var input = new Input(modelName, model, tensor, Map.of("scale", 1.0));
        tensors.put(
                output,
                new OutputTensor(
                        output,
                        model.tensors().get(tensor),
                        MergeMethod.PASSTHROUGH,
                        Rescale.NONE,
                        Optional.empty(),
                        List.of(input),
                        Map.of(),
                        0));
    }

    @Override
    public List<OutputTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    @Override
    public ObjectNode config() {
        return config;
    }
}
