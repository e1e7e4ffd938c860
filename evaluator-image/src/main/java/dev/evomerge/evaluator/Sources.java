package dev.evomerge.evaluator;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.safetensors.Checkpoint;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The models that recipes name. They are opened at once, by their headers. Weights are loaded when they are needed, once, and every candidate
 * shares them: as they lie in their files where merges read them, laid out to run where layer paths pass through them. A model that is made by a
 * recipe of its own is merged once into memory, from where its sources lie, and then read in place. Safe for use by several threads.
 */
public final class Sources implements AutoCloseable {

    /** Names the folder in which the files of models are kept for the next pods. */
    private static final String CACHE = "EVOMERGE_MODEL_CACHE";

    private final Map<String, ModelRef> models;
    private final SequencedSet<String> needed;
    private final Set<String> merged;
    private final Set<String> passed;
    private final int threads;
    private final Map<String, Checkpoint> checkpoints = new HashMap<>();
    private final Map<String, MergedModel> made = new HashMap<>();
    private final Map<String, ResidentModel> residents = new HashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Optional<CandidateMerger> merger = Optional.empty();

    private Sources(
            Map<String, ModelRef> models,
            SequencedSet<String> needed,
            Set<String> merged,
            Set<String> passed,
            int threads) {
        this.models = Map.copyOf(models);
        this.needed = needed;
        this.merged = merged;
        this.passed = passed;
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
        Sources sources = new Sources(
                models,
                needed(models, recipes),
                models(recipes, WeightMerge.class),
                models(recipes, LayerPath.class),
                threads);
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
        String cache = access.settings().get(CACHE);
        Storage storage = cache == null
                ? Storages.open(StorageUri.parse(uri), access)
                : Storages.openCached(StorageUri.parse(uri), access, Path.of(cache));
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

    /** The names of the models in recipes of a kind. */
    private static Set<String> models(Collection<Recipe> recipes, Class<? extends Recipe> kind) {
        return recipes.stream()
                .filter(kind::isInstance)
                .flatMap(recipe -> recipe.models().stream())
                .collect(Collectors.toSet());
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
     * Loads what the recipes read, so that it is not done later.
     *
     * @throws UnsupportedModelException if a layer path passes through a model that cannot run here
     * @throws IOException               if a model cannot be read
     */
    void load() throws IOException {
        if (!merged.isEmpty()) {
            merger();
        }
        residents(passed);
    }

    /**
     * Merges candidates of these models. The first call loads those that the recipes merge.
     *
     * @throws IOException if a model cannot be read
     */
    public synchronized CandidateMerger merger() throws IOException {
        if (merger.isEmpty()) {
            CandidateMerger loaded = new CandidateMerger(sources(merged), threads);
            open.addFirst(loaded);
            merger = Optional.of(loaded);
        }
        return merger.get();
    }

    /**
     * A model to be read: where it lies, or, where a recipe makes it, in memory.
     *
     * @throws IOException if it must be made and its sources cannot be read
     */
    public synchronized TensorSource source(String name) throws IOException {
        return checkpoints.containsKey(name) ? checkpoints.get(name) : made(name);
    }

    Map<String, TensorSource> sources(Collection<String> names) throws IOException {
        Map<String, TensorSource> sources = new HashMap<>();
        for (String name : names) {
            sources.put(name, source(name));
        }
        return sources;
    }

    /**
     * Models laid out to run, by name; the same ones at each call.
     *
     * @throws UnsupportedModelException if one cannot run here
     * @throws IOException               if one cannot be read
     */
    public synchronized Map<String, ResidentModel> residents(Collection<String> names) throws IOException {
        Map<String, ResidentModel> wanted = new HashMap<>();
        for (String name : names) {
            wanted.put(
                    name,
                    checkpoints.containsKey(name) ? loaded(name) : made(name).weights());
        }
        return wanted;
    }

    private ResidentModel loaded(String name) throws IOException {
        ResidentModel resident = residents.get(name);
        if (resident == null) {
            Checkpoint checkpoint = checkpoints.get(name);
            DType dtype = checkpoint.tensors().firstEntry().getValue().dtype();
            resident = ResidentModel.load(checkpoint, dtype);
            residents.put(name, resident);
            open.addFirst(resident);
        }
        return resident;
    }

    private MergedModel made(String name) throws IOException {
        MergedModel model = made.get(name);
        if (model == null) {
            WeightMerge recipe = weightMerge(name, models.get(name).recipe().orElseThrow());
            Map<String, TensorSource> parts = sources(recipe.models());
            try (CandidateMerger once = CandidateMerger.streaming(parts, threads)) {
                model = MergedModel.allocate(name, recipe, once, parts.get(recipe.reference()));
                open.addFirst(model);
                once.merge(recipe, model.weights());
            }
            made.put(name, model);
        }
        return model;
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
