package dev.evomerge.evaluator;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/** The models that recipes name, loaded once; those that are made by recipes of their own are made once. */
public final class Sources implements AutoCloseable {

    private final List<AutoCloseable> open;
    private final Map<String, Checkpoint> checkpoints;
    private final CandidateMerger merger;

    private Sources(List<AutoCloseable> open, Map<String, Checkpoint> checkpoints, CandidateMerger merger) {
        this.open = open;
        this.checkpoints = checkpoints;
        this.merger = merger;
    }

    /**
     * Loads what recipes need, and nothing else.
     *
     * @param models  every model that a recipe may name
     * @param recipes the recipes to be carried out
     * @param threads how many threads merge, ≥ 1
     * @throws ContractException if a model is not known, or is made of itself
     * @throws IOException       if a model cannot be read or is not whole
     */
    public static Sources load(
            Map<String, ModelRef> models, Collection<Recipe> recipes, StorageAccess access, int threads)
            throws IOException {
        SequencedSet<String> needed = needed(models, recipes);
        List<AutoCloseable> open = new ArrayList<>();
        try {
            Map<String, Checkpoint> checkpoints = new HashMap<>();
            for (String name : needed) {
                if (models.get(name).uri().isPresent()) {
                    Storage storage = Storages.open(
                            StorageUri.parse(models.get(name).uri().get()), access);
                    open.addFirst(storage);
                    Checkpoint checkpoint = Checkpoint.open(storage, "");
                    open.addFirst(checkpoint);
                    checkpoints.put(name, checkpoint);
                }
            }
            CandidateMerger merger = new CandidateMerger(checkpoints, threads);
            open.addFirst(merger);
            for (String name : needed) {
                models.get(name).recipe().ifPresent(recipe -> merger.add(name, weightMerge(name, recipe)));
            }
            return new Sources(open, checkpoints, merger);
        } catch (IOException | RuntimeException | Error e) {
            close(open);
            throw e;
        }
    }

    /** The names of all models that recipes need, those that others are made of first. */
    private static SequencedSet<String> needed(Map<String, ModelRef> models, Collection<Recipe> recipes) {
        SequencedSet<String> ordered = new LinkedHashSet<>();
        recipes.forEach(recipe -> recipe.models().forEach(name -> visit(name, models, ordered, new LinkedHashSet<>())));
        return ordered;
    }

    private static void visit(
            String name, Map<String, ModelRef> models, SequencedSet<String> ordered, SequencedSet<String> path) {
        if (ordered.contains(name)) {
            return;
        }
        if (!models.containsKey(name)) {
            throw new ContractException("a recipe names the model '" + name + "', expected one of "
                    + models.keySet().stream().sorted().toList());
        }
        if (!path.add(name)) {
            throw new ContractException("the model '" + name + "' is made of itself: " + String.join(" of ", path));
        }
        models.get(name).recipe().ifPresent(recipe -> recipe.models()
                .forEach(other -> visit(other, models, ordered, path)));
        path.removeLast();
        ordered.add(name);
    }

    private static WeightMerge weightMerge(String name, Recipe recipe) {
        return switch (recipe) {
            case WeightMerge merge -> merge;
            case LayerPath path ->
                throw new ContractException(
                        "the model '" + name + "' is a path through layers, expected a merge of weights");
        };
    }

    /** Merges candidates of these models. */
    public CandidateMerger merger() {
        return merger;
    }

    /** A model in memory. */
    public TensorSource model(String name) {
        return merger.models().get(name);
    }

    /** The models that lie in folders, as they lie there. */
    public Map<String, Checkpoint> checkpoints() {
        return Map.copyOf(checkpoints);
    }

    @Override
    public void close() {
        close(open);
    }

    private static void close(List<AutoCloseable> open) {
        for (AutoCloseable one : open) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a model", e);
            }
        }
    }
}
