package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.OutputTensor.Input;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerRange;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.TokenizerSource;
import dev.evomerge.recipe.WeightMerge;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a recipe means for given models: for every output tensor what it is made of. Made from headers and configurations only.
 *
 * <p>The output has the tensors of the recipe's reference model (its base or first source), its layers numbered anew by slices. A
 * tied head ({@code lm_head.weight} that is the embedding) stays tied only if it is tied in every source.
 */
final class MergePlan implements OutputModel {

    private static final String HEAD = "lm_head.weight";

    private final WeightMerge recipe;
    private final Map<String, ? extends TensorSource> given;
    private final Map<String, OutputTensor> tensors = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private Vocabularies vocabularies;
    private Map<String, ? extends TensorSource> models;
    private int layers;

    private MergePlan(WeightMerge recipe, Map<String, ? extends TensorSource> given) {
        this.recipe = recipe;
        this.given = given;
    }

    /**
     * Plans a merge.
     *
     * @param models every model of the recipe, by name
     * @throws MergeException with everything that does not fit
     */
    static MergePlan of(WeightMerge recipe, Map<String, ? extends TensorSource> models) {
        var plan = new MergePlan(recipe, models);
        plan.problems.addAll(find(recipe, models));
        if (plan.problems.isEmpty()) {
            plan.align();
            plan.planLayers();
            plan.planOthers();
        }
        if (!plan.problems.isEmpty()) {
            throw new MergeException(plan.problems);
        }
        return plan;
    }

    private void align() {
        vocabularies = Vocabularies.align(recipe, given, problems);
        models = vocabularies.models();
    }

    private static List<Problem> find(WeightMerge recipe, Map<String, ?> models) {
        return recipe.models().stream()
                .filter(name -> !models.containsKey(name))
                .map(name -> new Problem(
                        name, Optional.empty(), "no model of this name", "one of " + new TreeSet<>(models.keySet())))
                .toList();
    }

    @Override
    public List<OutputTensor> tensors() {
        return List.copyOf(tensors.values());
    }

    @Override
    public Optional<Vocabulary> union() {
        return vocabularies.output().filter(any -> recipe.tokenizer().equals(Optional.of(new TokenizerSource.Union())));
    }

    /** The reference model's, with the output's number of layers, type, tied head and vocabulary. */
    @Override
    public ObjectNode config() {
        ObjectNode config = reference().config().deepCopy();
        config.put("num_hidden_layers", layers);
        if (config.path("layer_types").isArray()) {
            layerTypes(config);
        }
        recipe.dtype().ifPresent(dtype -> config.put(config.has("dtype") ? "dtype" : "torch_dtype", dtype));
        if (config.has("tie_word_embeddings") || !tensors.containsKey(HEAD)) {
            config.put("tie_word_embeddings", !tensors.containsKey(HEAD));
        }
        vocabularies.output().ifPresent(output -> vocabulary(config, output));
        return config;
    }

    /** Tokens with a meaning of their own have the numbers of the model that gives the tokenizer. */
    private void vocabulary(ObjectNode config, Vocabulary output) {
        config.put("vocab_size", output.size());
        JsonNode giver = given.get(TokenizerFiles.giver(recipe)).config();
        for (String key : List.of("bos_token_id", "eos_token_id", "pad_token_id")) {
            if (giver.has(key)) {
                config.set(key, giver.get(key));
            } else {
                config.remove(key);
            }
        }
    }

    private void layerTypes(ObjectNode config) {
        JsonNode types = config.get("layer_types");
        var kept = config.arrayNode();
        for (Slice slice : recipe.slices()) {
            LayerRange range = slice.sources().getFirst().layers().orElse(new LayerRange(0, Math.max(1, layers)));
            for (int layer = range.from(); layer < range.to() && layer < types.size(); layer++) {
                kept.add(types.get(layer));
            }
        }
        config.set("layer_types", kept);
    }

    int layers() {
        return layers;
    }

    private TensorSource reference() {
        return models.get(recipe.reference());
    }

    private void planLayers() {
        for (Slice slice : recipe.slices()) {
            List<Source> sources = slice.sources();
            Map<String, LayerRange> ranges = ranges(slice);
            int count = ranges.values().iterator().next().size();
            for (int offset = 0; offset < count; offset++) {
                double t = count > 1 ? offset / (double) (count - 1) : 1;
                planLayer(slice, sources, ranges, offset, t);
                layers++;
            }
        }
    }

    /** Per model of a slice, the base included, which layers it gives; the base gives the same as the sources where it is not listed. */
    private Map<String, LayerRange> ranges(Slice slice) {
        var ranges = new LinkedHashMap<String, LayerRange>();
        for (Source source : slice.sources()) {
            int there = countLayers(models.get(source.model()));
            LayerRange range = source.layers().orElse(new LayerRange(0, Math.max(1, there)));
            if (range.to() > Math.max(1, there)) {
                problems.add(
                        new Problem(source.model(), Optional.empty(), there + " layers", "at least " + range.to()));
            }
            ranges.put(source.model(), range);
        }
        LayerRange first = ranges.values().iterator().next();
        recipe.base()
                .filter(base -> recipe.method().usesBase() && !ranges.containsKey(base))
                .ifPresent(base -> {
                    if (ranges.values().stream().anyMatch(range -> !range.equals(first))) {
                        problems.add(new Problem(
                                base,
                                Optional.empty(),
                                "sources with different layer ranges and none for the base",
                                "the base among the sources of the slice, with its range"));
                    }
                    ranges.put(base, first);
                });
        ranges.forEach((model, range) -> {
            if (range.size() != first.size()) {
                problems.add(new Problem(
                        model, Optional.empty(), range.size() + " layers", first.size() + " as in the other sources"));
            }
        });
        return ranges;
    }

    private void planLayer(Slice slice, List<Source> sources, Map<String, LayerRange> ranges, int offset, double t) {
        var suffixes = new TreeSet<TensorNamePart>();
        ranges.forEach((model, range) -> models.get(model).tensors().keySet().stream()
                .map(TensorName::of)
                .filter(name -> name.layer().equals(OptionalInt.of(range.from() + offset)))
                .forEach(name -> suffixes.add(new TensorNamePart(name.before(), name.after()))));
        for (TensorNamePart part : suffixes) {
            String output = part.before() + layers + part.after();
            var names = new LinkedHashMap<String, String>();
            ranges.forEach((model, range) -> names.put(model, part.before() + (range.from() + offset) + part.after()));
            plan(output, slice, names, t);
        }
    }

    private record TensorNamePart(String before, String after) implements Comparable<TensorNamePart> {
        @Override
        public int compareTo(TensorNamePart other) {
            return (before + after).compareTo(other.before + other.after);
        }
    }

    private void planOthers() {
        var names = new TreeSet<String>();
        for (Slice slice : List.of(recipe.slices().getFirst(), recipe.slices().getLast())) {
            modelsOf(slice).forEach(model -> models.get(model).tensors().keySet().stream()
                    .filter(name -> TensorName.of(name).layer().isEmpty())
                    .forEach(names::add));
        }
        for (String name : names) {
            boolean first = TensorName.of(name).isEmbedding();
            Slice slice = first ? recipe.slices().getFirst() : recipe.slices().getLast();
            var inModels = new LinkedHashMap<String, String>();
            for (String model : modelsOf(slice)) {
                inModels.put(model, tiedTo(models.get(model), name));
            }
            plan(name, slice, inModels, 0);
        }
    }

    /** The name of a tensor in a model; a head that is not there is the embedding where the model ties them. */
    static String tiedTo(TensorSource model, String name) {
        if (name.equals(HEAD) && !model.tensors().containsKey(HEAD)) {
            boolean tied = model.config().path("tie_word_embeddings").asBoolean(false);
            return model.tensors().keySet().stream()
                    .filter(other -> tied && other.endsWith("embed_tokens.weight"))
                    .findFirst()
                    .orElse(name);
        }
        return name;
    }

    private Set<String> modelsOf(Slice slice) {
        var names = new java.util.LinkedHashSet<String>();
        slice.sources().forEach(source -> names.add(source.model()));
        recipe.base().filter(base -> recipe.method().usesBase()).ifPresent(names::add);
        return names;
    }

    /** Plans one tensor, or notes why it cannot be. */
    private void plan(String output, Slice slice, Map<String, String> names, double t) {
        int before = problems.size();
        String witness = names.containsKey(recipe.reference())
                        && models.get(recipe.reference()).tensors().containsKey(names.get(recipe.reference()))
                ? recipe.reference()
                : names.keySet().stream()
                        .filter(model -> models.get(model).tensors().containsKey(names.get(model)))
                        .findFirst()
                        .orElseThrow();
        TensorInfo expected = models.get(witness).tensors().get(names.get(witness));
        names.forEach((model, name) -> check(model, name, expected, witness));
        if (problems.size() > before) {
            return;
        }
        Optional<Input> base = recipe.base()
                .filter(names::containsKey)
                .filter(any -> recipe.method().usesBase())
                .map(model -> new Input(model, models.get(model), names.get(model), Map.of()));
        var inputs = new ArrayList<Input>();
        for (Source source : slice.sources()) {
            if (base.isEmpty() || !source.model().equals(base.get().model())) {
                String name = names.get(source.model());
                inputs.add(new Input(
                        source.model(), models.get(source.model()), name, parameters(source, slice, name, t)));
            }
        }
        checkCount(output, inputs.size());
        DType declared = given.get(witness)
                .tensors()
                .get(tiedTo(given.get(witness), names.get(witness)))
                .dtype();
        DType dtype = declared.isMergeable()
                ? recipe.dtype().flatMap(DType::ofTorchName).orElse(declared)
                : declared;
        tensors.put(
                output,
                new OutputTensor(
                        output,
                        new TensorInfo(dtype, expected.shape()),
                        recipe.method(),
                        recipe.rescale(),
                        base,
                        inputs,
                        shared(slice, output, t),
                        recipe.seed()));
    }

    private void check(String model, String tensor, TensorInfo expected, String witness) {
        TensorInfo found = models.get(model).tensors().get(tensor);
        if (found == null) {
            problems.add(new Problem(model, Optional.of(tensor), "no such tensor", expected + " as in " + witness));
            return;
        }
        boolean kind = found.dtype().isMergeable() == expected.dtype().isMergeable();
        if (!kind || (!found.dtype().isMergeable() && found.dtype() != expected.dtype())) {
            problems.add(
                    new Problem(model, Optional.of(tensor), found.toString(), expected.dtype() + " as in " + witness));
        } else if (found.dtype().isFloat()
                && !found.dtype().isMergeable()
                && recipe.method() != MergeMethod.PASSTHROUGH) {
            problems.add(new Problem(model, Optional.of(tensor), found.toString(), "F32, F16 or BF16"));
        }
        if (!found.shape().equals(expected.shape())) {
            boolean otherTokens = TensorName.of(tensor).hasVocabulary()
                    && !found.shape().getFirst().equals(expected.shape().getFirst());
            String hint = otherTokens
                    ? "; of vocabularies that differ, tokenizer_source (base, union or a model) says which the output has"
                    : "";
            problems.add(new Problem(
                    model,
                    Optional.of(tensor),
                    found.toString(),
                    "the shape " + expected.shape() + " of " + witness + hint));
        }
    }

    private void checkCount(String output, int inputs) {
        int[] wanted =
                switch (recipe.method()) {
                    case SLERP, NEARSWAP -> new int[] {1, 1};
                    case NUSLERP -> new int[] {2, 2};
                    case MODEL_STOCK -> new int[] {2, Integer.MAX_VALUE};
                    default -> new int[] {1, Integer.MAX_VALUE};
                };
        if (inputs < wanted[0] || inputs > wanted[1]) {
            problems.add(new Problem(
                    "",
                    Optional.of(output),
                    inputs + " sources besides the base",
                    (wanted[0] == wanted[1] ? "exactly " : "at least ") + wanted[0] + " for "
                            + recipe.method().id()));
        }
    }

    private Map<String, Double> parameters(Source source, Slice slice, String tensor, double t) {
        var values = new HashMap<String, Double>();
        for (String name : recipe.method().sourceParameters()) {
            var value = resolve(name, tensor, t, List.of(source.parameters(), slice.parameters(), recipe.parameters()));
            value.ifPresentOrElse(
                    number -> values.put(name, number),
                    () -> problems.add(new Problem(
                            source.model(), Optional.of(tensor), "no " + name, "a " + name + " for every source")));
        }
        return values;
    }

    private Map<String, Double> shared(Slice slice, String tensor, double t) {
        var values = new HashMap<String, Double>();
        for (String name : recipe.method().methodParameters()) {
            var value = resolve(name, tensor, t, List.of(slice.parameters(), recipe.parameters()));
            value.ifPresentOrElse(
                    number -> values.put(name, number),
                    () -> problems.add(new Problem("", Optional.of(tensor), "no " + name, "a " + name)));
        }
        return values;
    }

    private OptionalDouble resolve(String name, String tensor, double t, List<Map<String, Parameter>> scopes) {
        for (Map<String, Parameter> scope : scopes) {
            if (scope.containsKey(name)) {
                OptionalDouble value = scope.get(name).at(tensor, t);
                if (value.isPresent()) {
                    return value;
                }
            }
        }
        return recipe.method().defaultOf(name);
    }

    /** The number of layers of a model, by its tensors. */
    static int countLayers(TensorSource model) {
        return model.tensors().keySet().stream()
                        .mapToInt(name -> TensorName.of(name).layer().orElse(-1))
                        .max()
                        .orElse(-1)
                + 1;
    }
}
