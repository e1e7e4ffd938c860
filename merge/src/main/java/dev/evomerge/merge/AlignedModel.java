package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.Elements;
import dev.evomerge.merge.safetensors.Memory;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** A model whose embeddings are brought into the order of another vocabulary; see {@link Vocabularies}. */
final class AlignedModel implements TensorSource {

    private final TensorSource model;
    private final Map<String, Embedding> embeddings;
    private final SortedMap<String, TensorInfo> tensors;

    /** @param embeddings what takes the place of tensors of these names, or comes to them */
    AlignedModel(TensorSource model, Map<String, Embedding> embeddings) {
        this.model = model;
        this.embeddings = embeddings;
        this.tensors = new TreeMap<>(model.tensors());
        embeddings.forEach((name, embedding) -> tensors.put(name, embedding.info()));
    }

    /**
     * Where rows come from.
     *
     * @param rows per row of the result the donor's row, -1 where it has none
     */
    record Donor(TensorSource model, String tensor, int[] rows) {
        TensorInfo info() {
            return model.tensors().get(tensor);
        }
    }

    /**
     * A tensor with one row per token.
     *
     * @param donors all that have rows
     * @param own    the place among them of the model itself
     * @param base   the place of the base, -1 where there is none
     */
    record Embedding(TensorInfo info, List<Donor> donors, int own, int base) {

        static Embedding of(int rows, SequencedMap<String, Donor> donors, String own, Optional<String> base) {
            var names = List.copyOf(donors.sequencedKeySet());
            var shape = new ArrayList<>(donors.get(own).info().shape());
            shape.set(0, (long) rows);
            var dtypes = donors.values().stream()
                    .map(donor -> donor.info().dtype())
                    .distinct()
                    .toList();
            return new Embedding(
                    new TensorInfo(dtypes.size() == 1 ? dtypes.getFirst() : DType.F32, shape),
                    List.copyOf(donors.sequencedValues()),
                    names.indexOf(own),
                    base.map(names::indexOf).orElse(-1));
        }

        /** The donors of a row: the model itself, or the base, or all that have it. */
        private List<Integer> givers(int row) {
            var givers = new ArrayList<Integer>();
            for (int i = 0; i < donors.size(); i++) {
                if (donors.get(i).rows()[row] >= 0) {
                    givers.add(i);
                }
            }
            return givers.contains(own) ? List.of(own) : givers.contains(base) ? List.of(base) : givers;
        }
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public JsonNode config() {
        return model.config();
    }

    @Override
    public SortedMap<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public Optional<byte[]> file(String name) throws IOException {
        return model.file(name);
    }

    @Override
    public MemorySegment load(String tensor, Arena arena) throws IOException {
        Embedding embedding = embeddings.get(tensor);
        return embedding == null ? model.load(tensor, arena) : load(embedding, arena);
    }

    private static MemorySegment load(Embedding embedding, Arena arena) throws IOException {
        TensorInfo info = embedding.info();
        int rows = Math.toIntExact(info.shape().getFirst());
        long width = info.elements() / rows;
        MemorySegment target = Memory.allocate(info.bytes(), arena);
        try (Arena scratch = Arena.ofConfined()) {
            var sources = new ArrayList<MemorySegment>();
            for (Donor donor : embedding.donors()) {
                sources.add(donor.model().load(donor.tensor(), scratch));
            }
            float[] sum = new float[Math.toIntExact(width)];
            for (int row = 0; row < rows; row++) {
                List<Integer> givers = embedding.givers(row);
                java.util.Arrays.fill(sum, 0);
                for (int giver : givers) {
                    Donor donor = embedding.donors().get(giver);
                    addRow(sum, donor.info().dtype(), sources.get(giver), donor.rows()[row] * width);
                }
                for (int i = 0; i < width; i++) {
                    Elements.set(info.dtype(), target, row * width + i, sum[i] / Math.max(1, givers.size()));
                }
            }
        }
        return target;
    }

    private static void addRow(float[] sum, DType dtype, MemorySegment source, long first) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += Elements.get(dtype, source, first + i);
        }
    }
}
