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
import java.util.concurrent.ConcurrentHashMap;

/**
 * A model whose tensors lie in memory.
 *
 * @param files gives the files beside the tensors, each of which is read once
 * @param known what was read
 */
record MemoryModel(
        String name,
        JsonNode config,
        SortedMap<String, TensorInfo> tensors,
        Map<String, MemorySegment> data,
        TensorSource files,
        Map<String, Optional<byte[]>> known)
        implements TensorSource {

    MemoryModel(
            String name,
            JsonNode config,
            SortedMap<String, TensorInfo> tensors,
            Map<String, MemorySegment> data,
            TensorSource files) {
        this(name, config, tensors, data, files, new ConcurrentHashMap<>());
    }

    @Override
    public Optional<byte[]> file(String name) throws IOException {
        Optional<byte[]> content = known.get(name);
        if (content == null) {
            content = files.file(name);
            known.put(name, content);
        }
        return content;
    }

    @Override
    public MemorySegment load(String tensor, Arena arena) {
        return data.get(tensor);
    }
}
