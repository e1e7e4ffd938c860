package dev.evomerge.merge.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** A model whose tensors can be read: a folder, or something made from folders. Safe for use by several threads. */
public interface TensorSource {

    /** What to call it in messages: its URI. */
    String name();

    /** Its config.json. */
    JsonNode config();

    /** Every tensor's type and shape, by name. */
    SortedMap<String, TensorInfo> tensors();

    /**
     * A small file beside the tensors (tokenizer.json, generation_config.json, README.md), or empty if there is none.
     *
     * @param name its name, without folders
     * @throws IOException if it cannot be read
     */
    default Optional<byte[]> file(String name) throws IOException {
        return Optional.empty();
    }

    /**
     * A tensor's data, little endian, without copying where it lies in memory or in a local file.
     *
     * @param tensor one of {@link #tensors()}
     * @param arena  owns the memory, where some must be allocated
     * @throws IOException if it cannot be read; the message names the file
     */
    MemorySegment load(String tensor, Arena arena) throws IOException;

    /**
     * The data of all tensors by name, as by {@link #load(String, Arena)}.
     *
     * @param arena owns the memory, where some must be allocated
     * @throws IOException if one cannot be read; the message names the file
     */
    default Map<String, MemorySegment> loadAll(Arena arena) throws IOException {
        var data = new HashMap<String, MemorySegment>();
        for (String tensor : tensors().keySet()) {
            data.put(tensor, load(tensor, arena));
        }
        return data;
    }
}
