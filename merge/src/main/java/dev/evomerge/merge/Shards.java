package dev.evomerge.merge;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.safetensors.SafetensorsLayout;
import dev.evomerge.merge.safetensors.TensorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How tensors are spread over files, as Hugging Face names them: one {@code model.safetensors}, or {@code model-00001-of-00003.safetensors}
 * with an index.
 */
record Shards(List<Shard> files, long tensorBytes) {

    static final String INDEX = "model.safetensors.index.json";

    /** One file. */
    record Shard(String name, SafetensorsLayout layout) {}

    /**
     * Spreads tensors in their order.
     *
     * @param maxBytes the most bytes of tensors in a file; a tensor that is larger gets a file of its own
     */
    static Shards of(List<OutputTensor> tensors, long maxBytes) {
        var groups = new ArrayList<Map<String, TensorInfo>>();
        long room = -1;
        long total = 0;
        for (OutputTensor tensor : tensors) {
            long bytes = tensor.info().bytes();
            if (groups.isEmpty() || bytes > room) {
                groups.add(new LinkedHashMap<>());
                room = maxBytes;
            }
            groups.getLast().put(tensor.name(), tensor.info());
            room -= bytes;
            total += bytes;
        }
        var files = new ArrayList<Shard>();
        for (var group : groups) {
            String name = groups.size() == 1
                    ? "model.safetensors"
                    : "model-%05d-of-%05d.safetensors".formatted(files.size() + 1, groups.size());
            files.add(new Shard(name, SafetensorsLayout.of(group)));
        }
        return new Shards(files, total);
    }

    /** The index, where there is more than one file. */
    Optional<byte[]> index() {
        if (files.size() == 1) {
            return Optional.empty();
        }
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.putObject("metadata").put("total_size", tensorBytes);
        ObjectNode map = root.putObject("weight_map");
        files.forEach(file -> file.layout().offsets().keySet().forEach(tensor -> map.put(tensor, file.name())));
        return Optional.of(Json.pretty(root));
    }

    /** The size of all files. */
    long bytes() {
        return files.stream().mapToLong(file -> file.layout().fileBytes()).sum();
    }
}
