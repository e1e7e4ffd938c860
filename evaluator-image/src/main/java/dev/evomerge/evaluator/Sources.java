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
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * The models that recipes name. They are opened at once, by their headers; their weights are loaded once, when the first merge in memory needs
 * them, and models that are made by recipes of their own are made then.
 */
public final class Sources implements AutoCloseable {

    private final Map<String, ModelRef> models;
    private final SequencedSet<String> needed;
    private final int threads;
    private final Map<String, Checkpoint> checkpoints = new HashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Optional<CandidateMerger> merger = Optional.empty();

    private Sources(Map<String, ModelRef> models, SequencedSet<String> needed, int threads) {
        this.models = Map.copyOf(models);
        this.needed = needed;
        this.threads = threads;
    }

    /**
     * Opens what recipes need, and nothing else.
     *
     * @param models  every model that a recipe may name
     * @param recipes the recipes to be carried out
     * @param threads how many threads merge, ≥ 1
     * @throws ContractException if a model is not known, or is made of itself
     * @throws IOException       if a model cannot be read or is not whole
     */
    public static Sources open(
            Map<String, ModelRef> models, Collection<Recipe> recipes, StorageAccess access, int threads)
            throws IOException {
        Sources sources = new Sources(models, needed(models, recipes), threads);
        try {
            for (String name : sources.needed) {
                if (models.get(name).uri().isPresent()) {
                    sources.open(name, models.get(name).uri().get(), access);
                }
            }
            return sources;
        } catch (IOException | RuntimeException e) {
            sources.close();
            throw e;
        }
    }

    private void open(String name, String uri, StorageAccess access) throws IOException {
        Storage storage = Storages.open(StorageUri.parse(uri), access);
        open.addFirst(storage);
        Checkpoint checkpoint = Checkpoint.open(storage, "");
        open.addFirst(checkpoint);
        checkpoints.put(name, checkpoint);
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

    /** The names of what was opened, models that others are made of before those. */
    SequencedSet<String> names() {
        return Collections.unmodifiableSequencedSet(needed);
    }

    private static WeightMerge weightMerge(String name, Recipe recipe) {
        return switch (recipe) {
            case WeightMerge merge -> merge;
            case LayerPath path ->
                throw new ContractException(
                        "the model '" + name + "' is a path through layers, expected a merge of weights");
        };
    }

    /**
     * Merges candidates of these models. The first call loads them.
     *
     * @throws IOException if a model cannot be read
     */
    public CandidateMerger merger() throws IOException {
        if (merger.isEmpty()) {
            CandidateMerger loaded = new CandidateMerger(checkpoints, threads);
            open.addFirst(loaded);
            for (String name : needed) {
                models.get(name).recipe().ifPresent(recipe -> loaded.add(name, weightMerge(name, recipe)));
            }
            merger = Optional.of(loaded);
        }
        return merger.get();
    }

    /**
     * A model in memory.
     *
     * @throws IOException if it cannot be read
     */
    public TensorSource loaded(String name) throws IOException {
        return merger().models().get(name);
    }

    /**
     * A model to be read once: where it lies, or, where a recipe makes it, in memory.
     *
     * @throws IOException if it cannot be read
     */
    public TensorSource streamed(String name) throws IOException {
        return checkpoints.containsKey(name) ? checkpoints.get(name) : loaded(name);
    }

    @Override
    public void close() {
        for (AutoCloseable one : open) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing a model", e);
            }
        }
    }
}
