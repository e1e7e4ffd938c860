package dev.evomerge.evaluator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.model.ModelConfig;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.inference.model.WeightLayout;
import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A model that a recipe makes in memory, laid out to run. Others read it in place: there is one copy of its weights.
 *
 * @param name    what to call it in messages
 * @param config  its config.json
 * @param tensors what it holds
 * @param files   the model that gives it the files beside the tensors
 * @param weights its memory
 */
record MergedModel(
        String name, JsonNode config, SortedMap<String, TensorInfo> tensors, TensorSource files, ResidentModel weights)
        implements TensorSource, AutoCloseable {

    /**
     * Memory for what a recipe makes, nothing merged yet.
     *
     * @param merger has the recipe's models
     * @param files  its reference model
     * @throws UnsupportedModelException if it cannot run here
     */
    static MergedModel allocate(String name, WeightMerge recipe, CandidateMerger merger, TensorSource files)
            throws IOException {
        JsonNode config = merger.config(recipe);
        SortedMap<String, TensorInfo> planned = merger.tensors(recipe);
        Plan plan = new Plan(name, config, planned, files);
        ResidentModel weights = ResidentModel.allocate(plan, plan.dtype());
        SortedMap<String, TensorInfo> used = new TreeMap<>(planned);
        used.keySet().removeIf(tensor -> weights.data(tensor).isEmpty());
        return new MergedModel(name, config, used, files, weights);
    }

    /** Whether what another recipe makes fits into the same memory. */
    boolean fits(WeightMerge recipe, CandidateMerger merger) {
        SortedMap<String, TensorInfo> planned = merger.tensors(recipe);
        return config.equals(merger.config(recipe))
                && tensors.entrySet().stream()
                        .allMatch(tensor -> tensor.getValue().equals(planned.get(tensor.getKey())));
    }

    @Override
    public Optional<byte[]> file(String file) throws IOException {
        return files.file(file);
    }

    @Override
    public MemorySegment load(String tensor, Arena arena) {
        return weights.data(tensor).orElseThrow();
    }

    @Override
    public void close() {
        weights.close();
    }

    /** The shape of a model that is yet to be merged. */
    private record Plan(String name, JsonNode config, SortedMap<String, TensorInfo> tensors, TensorSource files)
            implements TensorSource {

        /** The type of the tensors that are used: there must be one. */
        DType dtype() {
            WeightLayout layout = WeightLayout.of(ModelConfig.read(name, config, Optional.empty()));
            Set<DType> dtypes = new TreeSet<>();
            tensors.forEach((tensor, info) -> {
                if (!layout.ignores(tensor)) {
                    dtypes.add(info.dtype());
                }
            });
            if (dtypes.size() != 1) {
                throw new UnsupportedModelException(name + " has tensors of the types " + dtypes
                        + ", expected one type; a dtype in the recipe makes it so");
            }
            return dtypes.iterator().next();
        }

        @Override
        public Optional<byte[]> file(String file) throws IOException {
            return files.file(file);
        }

        @Override
        public MemorySegment load(String tensor, Arena arena) {
            throw new UnsupportedOperationException("a model that is yet to be merged has no data");
        }
    }
}
