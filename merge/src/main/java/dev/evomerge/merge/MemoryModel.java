package dev.evomerge.merge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SortedMap;

/** A model in memory. */
record MemoryModel(String name, JsonNode config, SortedMap<String, TensorInfo> tensors, Map<String, MemorySegment> data)
        implements TensorSource {

    @Override
    public MemorySegment load(String tensor, Arena arena) {
        return data.get(tensor);
    }
}
