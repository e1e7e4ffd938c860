package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds what would make a merge fail, all at once, from headers and configurations only.
 *
 * @param problems everything that is wrong; empty if nothing is
 * @param models   what is known of each model that could be read, by name
 */
public record Preflight(List<Problem> problems, SortedMap<String, Model> models) {

    private static final List<String> CONFIG_KEYS = List.of(
            "model_type",
            "hidden_size",
            "intermediate_size",
            "num_attention_heads",
            "num_key_value_heads",
            "head_dim",
            "hidden_act");

    /**
     * A model at a glance.
     *
     * @param architecture the first of its architectures in config.json, "" if it names none
     * @param layers       how many layers it has
     * @param parameters   how many numbers it holds
     * @param bytes        the size of its tensors
     * @param cacheWidth   how many numbers a token leaves in one layer's caches: keys and values of all key-value heads; 0 if its config.json
     *                     does not say
     * @param dtype        the type that its config.json says, as PyTorch names it; "" if it says none
     */
    public record Model(String architecture, int layers, long parameters, long bytes, int cacheWidth, String dtype) {}

    public Preflight {
        problems = List.copyOf(problems);
    }

    /** Whether nothing is wrong. */
    public boolean isFine() {
        return problems.isEmpty();
    }

    /**
     * Checks that models can be merged with each other in parameter space: that each can be read and is whole, and that all have the
     * architecture, the sizes, the tensors and the types that a merge needs.
     *
     * @param uris   the folders of all models by name, the base included
     * @param base   the base's name, where there is one; the others are compared with it, or else with the first
     * @param access how to reach them
     */
    public static Preflight ofModels(Map<String, String> uris, Optional<String> base, StorageAccess access) {
        var sources = new TreeMap<>(uris)
                .keySet().stream()
                        .filter(name -> base.isEmpty() || !name.equals(base.get()))
                        .map(name -> Source.of(name, Map.of("weight", 1.0)))
                        .toList();
        return check(
                uris,
                access,
                List.of(WeightMerge.of(
                        base.isPresent() ? MergeMethod.TASK_ARITHMETIC : MergeMethod.LINEAR,
                        base,
                        sources,
                        Map.of(),
                        0)));
    }

    /**
     * Checks that a recipe can be carried out.
     *
     * @param uris   the folders of its models by name
     * @param access how to reach them
     */
    public static Preflight ofRecipe(Recipe recipe, Map<String, String> uris, StorageAccess access) {
        return check(uris, access, List.of(recipe));
    }

    private static Preflight check(Map<String, String> uris, StorageAccess access, List<Recipe> recipes) {
        var opened = new TreeMap<String, OpenModel>();
        var problems = new ArrayList<Problem>();
        try {
            new TreeMap<>(uris).forEach((name, uri) -> open(name, uri, access, problems)
                    .ifPresent(model -> opened.put(name, model)));
            var sources = new TreeMap<String, TensorSource>();
            opened.forEach((name, model) -> sources.put(name, model.source()));
            recipes.forEach(recipe -> problems.addAll(check(recipe, sources, uris.keySet())));
            var models = new TreeMap<String, Model>();
            sources.forEach((name, model) -> models.put(name, glance(model)));
            return new Preflight(problems, models);
        } finally {
            opened.values().forEach(OpenModel::close);
        }
    }

    private static Optional<OpenModel> open(String name, String uri, StorageAccess access, List<Problem> problems) {
        try {
            return Optional.of(OpenModel.open(uri, access));
        } catch (InvalidModelException e) {
            e.problems().forEach(problem -> problems.add(new Problem(name, Optional.empty(), problem, "")));
        } catch (IOException e) {
            problems.add(new Problem(
                    name,
                    Optional.empty(),
                    uri + ", which cannot be read: " + e.getMessage(),
                    "a readable model folder"));
        }
        return Optional.empty();
    }

    private static Model glance(TensorSource model) {
        return new Model(
                model.config().path("architectures").path(0).asText(""),
                MergePlan.countLayers(model),
                model.tensors().values().stream()
                        .mapToLong(TensorInfo::elements)
                        .sum(),
                model.tensors().values().stream().mapToLong(TensorInfo::bytes).sum(),
                cacheWidth(model.config()),
                model.config()
                        .path("dtype")
                        .asText(model.config().path("torch_dtype").asText("")));
    }

    private static int cacheWidth(JsonNode config) {
        int heads = config.path("num_attention_heads").asInt(0);
        if (heads == 0) {
            return 0;
        }
        int width = config.path("head_dim").asInt(config.path("hidden_size").asInt(0) / heads);
        return 2 * config.path("num_key_value_heads").asInt(heads) * width;
    }

    /**
     * Checks that a recipe can be carried out over models that are open.
     *
     * @throws MergeException with everything that is wrong
     */
    public static void require(Recipe recipe, Map<String, ? extends TensorSource> models) {
        List<Problem> problems = check(recipe, models, models.keySet());
        if (!problems.isEmpty()) {
            throw new MergeException(problems);
        }
    }

    /** What is wrong with a recipe over models that could be opened; those that could not have been reported already. */
    static List<Problem> check(Recipe recipe, Map<String, ? extends TensorSource> models, Set<String> known) {
        var problems = new ArrayList<Problem>();
        recipe.models().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> problems.add(new Problem(
                        name, Optional.empty(), "no model of this name", "one of " + new TreeSet<>(known))));
        var usable = new HashMap<String, TensorSource>(models);
        usable.keySet().retainAll(recipe.models());
        problems.addAll(compareConfigs(recipe, usable));
        if (!usable.keySet().containsAll(recipe.models())) {
            return problems;
        }
        if (recipe instanceof WeightMerge merge) {
            problems.addAll(Vocabularies.conflicts(merge, usable));
        }
        try {
            OutputModel.of(recipe, usable, Optional.empty());
        } catch (MergeException e) {
            problems.addAll(e.problems());
        }
        return problems;
    }

    private static List<Problem> compareConfigs(Recipe recipe, Map<String, TensorSource> models) {
        String wanted =
                switch (recipe) {
                    case WeightMerge merge -> merge.reference();
                    case LayerPath path -> path.embeddings();
                };
        if (!models.containsKey(wanted)) {
            return List.of();
        }
        JsonNode expected = models.get(wanted).config();
        var problems = new ArrayList<Problem>();
        new TreeMap<>(models).forEach((name, model) -> CONFIG_KEYS.stream()
                .filter(key -> expected.hasNonNull(key) && model.config().hasNonNull(key))
                .filter(key -> !expected.get(key).equals(model.config().get(key)))
                .forEach(key -> problems.add(new Problem(
                        name,
                        Optional.of("config.json: " + key),
                        model.config().get(key).toString(),
                        expected.get(key) + " as in " + wanted))));
        return problems;
    }
}
