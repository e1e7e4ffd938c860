package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A model whose tensors lie in memory.
 *
 * @param files gives the files beside the tensors
 */
record MemoryModel(
        String name,
        JsonNode config,
        SortedMap<String, TensorInfo> tensors,
        Map<String, MemorySegment> data,
        TensorSource files)
        implements TensorSource {

    @Override
    public Optional<byte[]> file(String name) throws IOException {
        return files.file(name);
    }

    @Override
    public MemorySegment load(String tensor, Arena arena) {
        return data.get(tensor);
    }
}
