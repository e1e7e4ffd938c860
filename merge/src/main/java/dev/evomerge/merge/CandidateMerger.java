package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Merges candidates in memory: sources are loaded once (local files stay mapped), every candidate takes about one pass over them and is
 * written once, straight to where it is used. One merge at a time; the same recipe gives the same bytes on any number of threads.
 */
public final class CandidateMerger implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final Map<String, TensorSource> models;
    private final boolean streams;

    /**
     * Loads the sources.
     *
     * @param models  the models by their names in recipes; they stay open while this is used, and the caller closes them
     * @param threads how many threads merge, ≥ 1
     * @throws IOException if a model cannot be read
     */
    public CandidateMerger(Map<String, ? extends TensorSource> models, int threads) throws IOException {
        this(new HashMap<>(), threads, false);
        for (var model : models.entrySet()) {
            TensorSource source = model.getValue();
            this.models.put(
                    model.getKey(),
                    new MemoryModel(source.name(), source.config(), source.tensors(), source.loadAll(arena), source));
        }
    }

    private CandidateMerger(Map<String, TensorSource> models, int threads, boolean streams) {
        this.workers = new Workers(threads);
        this.models = models;
        this.streams = streams;
    }

    /**
     * For a model that is merged once: sources are read tensor by tensor while it is, and nothing of them stays in memory.
     *
     * @param models  the models by their names in recipes; they stay open while this is used, and the caller closes them
     * @param threads how many threads merge, and so how many tensors are in memory at once, ≥ 1
     */
    public static CandidateMerger streaming(Map<String, ? extends TensorSource> models, int threads) {
        return new CandidateMerger(new HashMap<>(models), threads, true);
    }

    /**
     * Merges a model and keeps it as one more source, under a name that later recipes may use: a stage that builds on the winner of an
     * earlier one.
     *
     * @throws MergeException as {@link #merge}
     */
    public void add(String name, WeightMerge recipe) {
        var data = new HashMap<String, MemorySegment>();
        merge(recipe, (tensor, dtype, shape) -> {
            long elements = Arrays.stream(shape).reduce(1, (x, y) -> x * y);
            MemorySegment target = arena.allocate(elements * dtype.bytes(), 64);
            data.put(tensor, target);
            return target;
        });
        TensorSource reference = models.get(recipe.reference());
        models.put(name, new MemoryModel(name, config(recipe), tensors(recipe), data, reference));
    }

    /**
     * The sources in memory, by name, those that were {@linkplain #add added} included; valid until this is closed.
     */
    public Map<String, TensorSource> models() {
        return Map.copyOf(models);
    }

    /**
     * The types and shapes of a candidate's tensors, by name: what {@link #merge} will ask a sink for.
     *
     * @throws MergeException if recipe and models do not fit; it lists everything that is wrong
     */
    public SortedMap<String, TensorInfo> tensors(WeightMerge recipe) {
        var infos = new TreeMap<String, TensorInfo>();
        MergePlan.of(recipe, models).tensors().forEach(tensor -> infos.put(tensor.name(), tensor.info()));
        return Collections.unmodifiableSortedMap(infos);
    }

    /**
     * The config.json of a candidate.
     *
     * @throws MergeException if recipe and models do not fit; it lists everything that is wrong
     */
    public JsonNode config(WeightMerge recipe) {
        return MergePlan.of(recipe, models).config();
    }

    /**
     * Merges a candidate.
     *
     * @param sink says where its tensors go
     * @throws MergeException     if recipe and models do not fit; it lists everything that is wrong, and nothing was written
     * @throws NotFiniteException if a source holds infinities or not-a-numbers; what was written is then incomplete
     */
    public void merge(WeightMerge recipe, TensorSink sink) {
        List<OutputTensor> tensors = MergePlan.of(recipe, models).tensors();
        MemorySegment[] targets =
                tensors.stream().map(tensor -> target(tensor, sink)).toArray(MemorySegment[]::new);
        if (streams) {
            workers.each(targets.length, i -> {
                try (Arena scratch = Arena.ofShared()) {
                    merge(tensors.get(i), targets[i], scratch);
                }
            });
        } else {
            // Closing a shared arena stops every thread for a moment: once per candidate, not once per tensor.
            try (Arena scratch = Arena.ofShared()) {
                workers.each(targets.length, i -> merge(tensors.get(i), targets[i], scratch));
            }
        }
    }

    private static MemorySegment target(OutputTensor tensor, TensorSink sink) {
        TensorInfo info = tensor.info();
        MemorySegment target = sink.target(tensor.name(), info.dtype(), info.shapeArray());
        if (target.byteSize() != info.bytes()) {
            throw new IllegalArgumentException("the sink gave " + target.byteSize() + " bytes for '" + tensor.name()
                    + "', expected " + info.bytes() + " for " + info);
        }
        return target;
    }

    private void merge(OutputTensor tensor, MemorySegment target, Arena scratch) {
        TensorMerger merger = TensorMergers.of(tensor, scratch);
        merger.prepare(workers);
        long elements = tensor.info().elements();
        DType dtype = tensor.info().dtype();
        int piece = merger.piece();
        workers.each(TensorMerger.pieces(elements, piece), p -> {
            long from = (long) p * piece;
            int count = (int) Math.min(piece, elements - from);
            merger.merge(from, count, target.asSlice(from * dtype.bytes(), (long) count * dtype.bytes()));
        });
    }

    /** Ends the threads and frees the sources. */
    @Override
    public void close() {
        workers.close();
        arena.close();
    }
}
