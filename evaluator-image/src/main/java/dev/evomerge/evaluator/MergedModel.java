package dev.evomerge.evaluator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.CandidateMerger;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

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
        ResidentModel weights = ResidentModel.allocate(new Plan(name, config, planned, files), dtype(planned));
        SortedMap<String, TensorInfo> used = new TreeMap<>(planned);
        used.keySet().removeIf(tensor -> weights.data(tensor).isEmpty());
        return new MergedModel(name, config, used, files, weights);
    }

    /** The type of a merge's tensors. */
    static DType dtype(SortedMap<String, TensorInfo> tensors) {
        Set<DType> dtypes = new HashSet<>();
        tensors.values().stream().map(TensorInfo::dtype).forEach(dtypes::add);
        if (dtypes.size() != 1) {
            throw new UnsupportedModelException("the merged model has tensors of the types "
                    + dtypes.stream().sorted().toList() + ", expected one type; a dtype in the recipe makes it so");
        }
        return dtypes.iterator().next();
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
