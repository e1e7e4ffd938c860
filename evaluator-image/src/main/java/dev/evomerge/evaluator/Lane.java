package dev.evomerge.evaluator;

import ai.djl.Device;
import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.MergeException;
import dev.evomerge.merge.Preflight;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where candidates run, one at a time: memory that merges of the same shape share, and devices with copies of the sources that layer paths pass. Lanes of
 * an evaluator run at the same time; what they read is loaded once.
 */
final class Lane implements AutoCloseable {

    private final Sources sources;
    private final List<Device> devices;
    private final Map<String, ResidentModel> passed = new HashMap<>();
    private Optional<Place> place = Optional.empty();

    /** Memory for merged models of one shape, and the network that runs there. */
    private record Place(MergedModel merged, ResidentModel weights, CausalModel model) {}

    /** @param devices where models run; empty: each where it fits */
    Lane(Sources sources, List<Device> devices) {
        this.sources = sources;
        this.devices = devices;
    }

    /**
     * One lane per GPU, or per as many GPUs as a candidate takes; without GPUs one.
     *
     * @param recipes what is to run, at least one
     * @param wanted  how many lanes at most; without GPUs, how many
     * @throws IOException if a source cannot be read
     */
    static List<Lane> of(Sources sources, Collection<Recipe> recipes, OptionalInt wanted) throws IOException {
        List<Device> all = Torch.devices();
        List<List<Device>> groups = all.getFirst().isGpu()
                ? Torch.groups(bytes(sources, recipes))
                : Collections.nCopies(wanted.orElse(1), all);
        return groups.stream()
                .limit(Math.min(recipes.size(), wanted.orElse(Integer.MAX_VALUE)))
                .map(devices -> new Lane(sources, devices))
                .toList();
    }

    /** The weights that lie on a lane's devices: all sources that paths pass, and the largest merge. */
    private static long bytes(Sources sources, Collection<Recipe> recipes) throws IOException {
        Set<String> passed = new TreeSet<>();
        long merged = 0;
        for (Recipe recipe : recipes) {
            switch (recipe) {
                case LayerPath path -> passed.addAll(path.models());
                case WeightMerge merge -> merged = Math.max(merged, bytes(sources.merger(), merge));
            }
        }
        return merged
                + sources.residents(passed).values().stream()
                        .mapToLong(ResidentModel::bytes)
                        .sum();
    }

    private static long bytes(CandidateMerger merger, WeightMerge recipe) {
        try {
            return merger.tensors(recipe).values().stream()
                    .mapToLong(TensorInfo::bytes)
                    .sum();
        } catch (MergeException e) {
            return 0; // fails when its turn comes
        }
    }

    /** A merge, ready to run until the next one. */
    CausalModel merged(WeightMerge recipe) throws IOException {
        CandidateMerger merger = sources.merger();
        // One merge at a time: it takes all threads.
        synchronized (merger) {
            if (place.isEmpty() || !place.get().merged().fits(recipe, merger)) {
                release();
                place = Optional.of(place(MergedModel.allocate(
                        "the merged model", recipe, merger, merger.models().get(recipe.reference()))));
            }
            merger.merge(recipe, place.get().merged().weights());
        }
        return place.get().model();
    }

    private Place place(MergedModel merged) {
        ResidentModel weights = here(merged.weights());
        return new Place(merged, weights, CausalModel.of(weights));
    }

    /** A path through sources; the caller closes it. */
    CausalModel routed(LayerPath path) throws IOException {
        Preflight.require(path, sources.sources(path.models()));
        sources.residents(path.models()).forEach((name, model) -> passed.computeIfAbsent(name, any -> here(model)));
        return CausalModel.of(path, passed);
    }

    private ResidentModel here(ResidentModel model) {
        return model.on(devices.isEmpty() ? model.devices() : devices);
    }

    /** Frees the memory of merged models. */
    void release() {
        place.ifPresent(used -> {
            used.model().close();
            used.weights().close();
            used.merged().close();
        });
        place = Optional.empty();
    }

    @Override
    public void close() {
        release();
        passed.values().forEach(ResidentModel::close);
    }
}
