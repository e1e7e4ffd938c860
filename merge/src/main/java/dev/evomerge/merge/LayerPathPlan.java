package dev.evomerge.merge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.OutputTensor.Input;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Rescale;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A layer path as a model folder. Where all scales are 1, it is a plain model of the family: a layer per hop, written out. Otherwise each
 * visited layer is stored once, in the order of first visits, and the path as {@link PathFiles} says.
 */
final class LayerPathPlan implements OutputModel {

    private final LayerPath path;
    private final Map<String, ? extends TensorSource> models;
    private final TensorSource outer;
    private final Optional<DType> dtype;
    private final boolean writtenOut;
    private final TreeMap<String, OutputTensor> tensors = new TreeMap<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Integer> layerOfHop = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    /** A model's layer. */
    private record Layer(String model, int number) {}

    private LayerPathPlan(LayerPath path, Map<String, ? extends TensorSource> models, Optional<DType> dtype) {
        this.path = path;
        this.models = models;
        this.outer = models.get(path.embeddings());
        this.dtype = dtype;
        this.writtenOut = path.hops().stream().allMatch(hop -> hop.scale() == 1);
    }

    /**
     * Plans a path.
     *
     * @param dtype what floating-point tensors are converted to; empty: nothing is
     * @throws MergeException if the path visits what is not there, or layers that no one configuration describes
     */
    static LayerPathPlan of(LayerPath path, Map<String, ? extends TensorSource> models, Optional<DType> dtype) {
        var plan = new LayerPathPlan(path, models, dtype);
        plan.problems.addAll(LayerTraits.compare(path, models));
        plan.refusePaths();
        plan.planLayers();
        if (plan.problems.isEmpty()) {
            plan.planOthers();
        }
        if (!plan.problems.isEmpty()) {
            throw new MergeException(plan.problems);
        }
        return plan;
    }

    private void refusePaths() {
        for (String name : path.models()) {
            if (models.get(name).config().has(PathFiles.LAYERS)) {
                problems.add(new Problem(
                        name,
                        Optional.of("config.json: " + PathFiles.LAYERS),
                        "a model that is a layer path itself",
                        "a plain model"));
            }
        }
    }

    private void planLayers() {
        for (Hop hop : path.hops()) {
            var layer = new Layer(hop.model(), hop.layer());
            int there = MergePlan.countLayers(models.get(hop.model()));
            if (hop.layer() < 0 || hop.layer() >= there) {
                problems.add(new Problem(
                        hop.model(),
                        Optional.of("hop " + layerOfHop.size()),
                        "layer " + hop.layer(),
                        "a layer from 0 to " + (there - 1)));
            }
            if (writtenOut || !layers.contains(layer)) {
                addLayer(layer, layers.size());
                layers.add(layer);
            }
            layerOfHop.add(writtenOut ? layers.size() - 1 : layers.indexOf(layer));
        }
    }

    private void addLayer(Layer layer, int number) {
        TensorSource model = models.get(layer.model());
        for (String tensor : model.tensors().keySet()) {
            TensorName name = TensorName.of(tensor);
            if (name.layer().orElse(-1) == layer.number()) {
                add(name.inLayer(number), layer.model(), model, tensor, dtype);
            }
        }
    }

    private void planOthers() {
        outer.tensors().keySet().stream()
                .filter(name -> TensorName.of(name).layer().isEmpty())
                .forEach(name -> add(name, path.embeddings(), outer, name, dtype));
        if (!writtenOut) {
            TensorSource numbers = PathFiles.tensors(outer, layerOfHop, scales());
            numbers.tensors().keySet().forEach(name -> add(name, numbers.name(), numbers, name, Optional.empty()));
            PathFiles.check(outer).ifPresent(problems::add);
        }
    }

    private void add(String output, String modelName, TensorSource model, String tensor, Optional<DType> dtype) {
        TensorInfo info = model.tensors().get(tensor);
        var input = new Input(modelName, model, tensor, Map.of("scale", 1.0));
        tensors.put(
                output,
                new OutputTensor(
                        output,
                        info.dtype().isMergeable() ? new TensorInfo(dtype.orElse(info.dtype()), info.shape()) : info,
                        MergeMethod.PASSTHROUGH,
                        Rescale.NONE,
                        Optional.empty(),
                        List.of(input),
                        Map.of(),
                        0));
    }

    private List<Double> scales() {
        return path.hops().stream().map(Hop::scale).toList();
    }

    @Override
    public List<OutputTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    @Override
    public ObjectNode config() {
        ObjectNode config = outer.config().deepCopy();
        config.put("num_hidden_layers", layers.size());
        dtype.ifPresent(type -> config.put(config.has("dtype") ? "dtype" : "torch_dtype", type.torchName()));
        List<String> kinds = layers.stream()
                .map(layer -> LayerTraits.kind(models.get(layer.model()).config(), layer.number()))
                .flatMap(Optional::stream)
                .toList();
        if (kinds.size() == layers.size()) {
            ArrayNode types = config.putArray("layer_types");
            kinds.forEach(types::add);
        }
        if (!writtenOut) {
            PathFiles.describe(config, layerOfHop, scales());
        }
        return config;
    }

    @Override
    public SortedMap<String, byte[]> files() {
        return writtenOut ? new TreeMap<>() : PathFiles.programs(outer);
    }
}
