package dev.evomerge.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One safetensors file of a test, and the config.json beside it. */
final class LocalModel implements TensorSource {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final JsonNode header;
    private final MemorySegment data;
    private final SortedMap<String, TensorInfo> tensors = new TreeMap<>();

    LocalModel(Path file) throws IOException {
        this.file = file;
        MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(file));
        long length = bytes.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
        this.header = JSON.readTree(
                new String(bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
        this.data = bytes.asSlice(8 + length);
        header.properties().forEach(entry -> {
            JsonNode shape = entry.getValue().get("shape");
            if (shape != null) {
                var sizes = new long[shape.size()];
                for (int i = 0; i < sizes.length; i++) {
                    sizes[i] = shape.get(i).longValue();
                }
                DType dtype = DType.valueOf(entry.getValue().get("dtype").textValue());
                tensors.put(entry.getKey(), TensorInfo.of(dtype, sizes));
            }
        });
    }

    @Override
    public String name() {
        return file.getParent().getFileName().toString();
    }

    @Override
    public JsonNode config() {
        try {
            return JSON.readTree(file.resolveSibling("config.json").toFile());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public SortedMap<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public MemorySegment load(String tensor, Arena arena) {
        JsonNode offsets = header.get(tensor).get("data_offsets");
        long start = offsets.get(0).longValue();
        return data.asSlice(start, offsets.get(1).longValue() - start);
    }

    @Override
    public Optional<byte[]> file(String name) throws IOException {
        Path beside = file.resolveSibling(name);
        return Files.exists(beside) ? Optional.of(Files.readAllBytes(beside)) : Optional.empty();
    }
}
