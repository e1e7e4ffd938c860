package dev.evomerge.merge.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A model folder in the Hugging Face layout: config.json and one or more safetensors files, with or without an index.
 *
 * <p>Opening reads headers and configuration only. Files that lie on this machine are mapped into memory, others are read by ranges.
 */
public final class Checkpoint implements TensorSource, AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INDEX = "model.safetensors.index.json";
    private static final String ADAPTER = "adapter_model.safetensors";
    private static final String SINGLE = "model.safetensors";
    private static final int FIRST_READ = 1 << 16;
    private static final long READ_TOGETHER = 1 << 28;

    private final Storage storage;
    private final String folder;
    private final JsonNode config;
    private final Map<String, Place> places;
    private final SortedMap<String, TensorInfo> tensors;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Optional<MemorySegment>> maps = new HashMap<>();

    /** Where a tensor's data lies: the file, and the first byte in it. */
    private record Place(String file, long offset, TensorInfo info) {

        long end() {
            return offset + info.bytes();
        }
    }

    private Checkpoint(Storage storage, String folder, JsonNode config, Map<String, Place> places) {
        this.storage = storage;
        this.folder = folder;
        this.config = config;
        this.places = places;
        var infos = new TreeMap<String, TensorInfo>();
        places.forEach((name, place) -> infos.put(name, place.info()));
        this.tensors = Collections.unmodifiableSortedMap(infos);
    }

    /**
     * Opens a folder.
     *
     * @param storage stays open while the checkpoint is used; the caller closes it
     * @param folder  the folder's path in it, empty for the storage's own folder
     * @throws InvalidModelException if files are missing or not what they should be; it lists everything that is wrong
     * @throws IOException           if the storage cannot be read
     */
    public static Checkpoint open(Storage storage, String folder) throws IOException {
        return open(storage, folder, "config.json", Checkpoint::files);
    }

    /** Opens the adapter of a folder in PEFT's layout: adapter_config.json and adapter_model.safetensors. */
    static Checkpoint openAdapter(Storage storage, String folder) throws IOException {
        return open(storage, folder, "adapter_config.json", (any, prefix, promised, problems) -> List.of(ADAPTER));
    }

    /** Names the safetensors files of a folder. */
    @FunctionalInterface
    private interface FileNames {
        List<String> find(Storage storage, String prefix, Map<String, String> promised, List<String> problems)
                throws IOException;
    }

    private static Checkpoint open(Storage storage, String folder, String configFile, FileNames names)
            throws IOException {
        String prefix = folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/";
        var problems = new ArrayList<String>();
        JsonNode config = null;
        try {
            config = json(storage, prefix + configFile);
        } catch (InvalidModelException e) {
            problems.addAll(e.problems());
        }
        var promised = new TreeMap<String, String>();
        var places = new TreeMap<String, Place>();
        for (String file : names.find(storage, prefix, promised, problems)) {
            try {
                readHeader(storage, prefix + file, places, problems);
            } catch (InvalidModelException e) {
                problems.addAll(e.problems());
            }
        }
        if (problems.isEmpty()) {
            promised.forEach((tensor, file) -> {
                Place place = places.get(tensor);
                if (place == null || !place.file().equals(prefix + file)) {
                    problems.add(storage.uri(prefix + INDEX) + ": tensor '" + tensor + "' should be in " + file
                            + ", found it " + (place == null ? "nowhere" : "in " + place.file()));
                }
            });
        }
        if (!problems.isEmpty()) {
            throw new InvalidModelException(problems);
        }
        return new Checkpoint(storage, prefix, config, places);
    }

    private static void readHeader(Storage storage, String path, Map<String, Place> places, List<String> problems)
            throws IOException {
        String file = storage.uri(path).toString();
        OptionalLong size = storage.size(path);
        if (size.isEmpty()) {
            throw new InvalidModelException(file + ": not found");
        }
        byte[] start = read(storage, path, 0, Math.min(size.getAsLong(), FIRST_READ));
        int length = SafetensorsHeader.length(file, size.getAsLong(), start);
        byte[] json = 8 + length <= start.length
                ? java.util.Arrays.copyOfRange(start, 8, 8 + length)
                : read(storage, path, 8, length);
        SafetensorsHeader header = SafetensorsHeader.parse(file, size.getAsLong(), json);
        header.tensors().forEach((name, entry) -> {
            Place other = places.put(name, new Place(path, header.dataStart() + entry.begin(), entry.info()));
            if (other != null) {
                problems.add(file + ": tensor '" + name + "' is also in " + other.file() + ", expected it once");
            }
        });
    }

    /** The names of the safetensors files, checked against the index where there is one. */
    private static List<String> files(
            Storage storage, String prefix, Map<String, String> promised, List<String> problems) throws IOException {
        if (storage.size(prefix + INDEX).isPresent()) {
            return indexed(storage, prefix, promised, problems);
        }
        if (storage.size(prefix + SINGLE).isPresent()) {
            return List.of(SINGLE);
        }
        List<String> all = storage.list(prefix).stream()
                .map(entry -> entry.path().substring(prefix.length()))
                .filter(name -> !name.contains("/"))
                .toList();
        List<String> found = all.stream()
                .filter(name -> name.endsWith(".safetensors") && !name.startsWith("adapter_"))
                .toList();
        if (found.isEmpty()) {
            boolean pickled = all.stream().anyMatch(name -> name.endsWith(".bin") || name.endsWith(".pt"));
            problems.add(storage.uri(prefix) + ": no safetensors file, expected " + SINGLE + " or " + INDEX
                    + (pickled ? "; pickled weights are not read, convert them to safetensors" : ""));
        }
        return found;
    }

    private static List<String> indexed(
            Storage storage, String prefix, Map<String, String> promised, List<String> problems) throws IOException {
        String index = storage.uri(prefix + INDEX).toString();
        var files = new TreeSet<String>();
        try {
            JsonNode map = json(storage, prefix + INDEX).path("weight_map");
            if (!map.isObject() || map.isEmpty()) {
                problems.add(index + ": expected a weight_map with at least one tensor");
            }
            map.properties()
                    .forEach(entry ->
                            promised.put(entry.getKey(), entry.getValue().asText()));
            files.addAll(promised.values());
        } catch (InvalidModelException e) {
            problems.addAll(e.problems());
        }
        files.removeIf(file -> {
            boolean outside = file.isEmpty() || file.contains("/") || file.contains("\\") || file.startsWith(".");
            if (outside) {
                problems.add(index + ": names the file '" + file + "', expected a file of the same folder");
            }
            return outside;
        });
        return List.copyOf(files);
    }

    private static JsonNode json(Storage storage, String path) throws IOException {
        String file = storage.uri(path).toString();
        if (storage.size(path).isEmpty()) {
            throw new InvalidModelException(file + ": not found");
        }
        try {
            JsonNode node = JSON.readTree(storage.read(path));
            if (!node.isObject()) {
                throw new InvalidModelException(file + ": expected a JSON object, found " + node.getNodeType());
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(file + ": not valid JSON: " + e.getOriginalMessage());
        }
    }

    private static byte[] read(Storage storage, String path, long offset, long length) throws IOException {
        byte[] bytes = new byte[(int) length];
        storage.read(path, offset, MemorySegment.ofArray(bytes));
        return bytes;
    }

    @Override
    public String name() {
        return storage.uri(folder).toString();
    }

    @Override
    public JsonNode config() {
        return config;
    }

    @Override
    public SortedMap<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public Optional<byte[]> file(String name) throws IOException {
        return storage.size(folder + name).isPresent() ? Optional.of(storage.read(folder + name)) : Optional.empty();
    }

    @Override
    public MemorySegment load(String tensor, Arena target) throws IOException {
        Place place = place(tensor);
        return load(place.file(), place.offset(), place.info().bytes(), target);
    }

    /** Neighbours in a file are read together: a store takes its time for every request. */
    @Override
    public Map<String, MemorySegment> loadAll(Arena target) throws IOException {
        var data = new HashMap<String, MemorySegment>();
        var ordered = new ArrayList<>(places.entrySet());
        ordered.sort(
                Map.Entry.comparingByValue(Comparator.comparing(Place::file).thenComparingLong(Place::offset)));
        for (int from = 0, to; from < ordered.size(); from = to) {
            Place first = ordered.get(from).getValue();
            to = from + 1;
            while (to < ordered.size() && together(first, ordered.get(to).getValue())) {
                to++;
            }
            long bytes = ordered.get(to - 1).getValue().end() - first.offset();
            MemorySegment run = load(first.file(), first.offset(), bytes, target);
            for (var tensor : ordered.subList(from, to)) {
                Place place = tensor.getValue();
                data.put(
                        tensor.getKey(),
                        run.asSlice(
                                place.offset() - first.offset(), place.info().bytes()));
            }
        }
        return data;
    }

    private static boolean together(Place first, Place next) {
        return next.file().equals(first.file()) && next.end() - first.offset() <= READ_TOGETHER;
    }

    private MemorySegment load(String file, long offset, long bytes, Arena target) throws IOException {
        Optional<MemorySegment> map = map(file);
        if (map.isPresent()) {
            return map.get().asSlice(offset, bytes);
        }
        MemorySegment memory = Memory.allocate(bytes, target);
        storage.read(file, offset, memory);
        return memory;
    }

    /**
     * Reads a part of a tensor.
     *
     * @param offset the first byte in the tensor
     * @param target is filled
     */
    public void read(String tensor, long offset, MemorySegment target) throws IOException {
        Place place = place(tensor);
        if (offset < 0 || offset + target.byteSize() > place.info().bytes()) {
            throw new IndexOutOfBoundsException("bytes " + offset + " to " + (offset + target.byteSize()) + " of '"
                    + tensor + "', which has " + place.info().bytes());
        }
        storage.read(place.file(), place.offset() + offset, target);
    }

    private Place place(String tensor) {
        Place place = places.get(tensor);
        if (place == null) {
            throw new IllegalArgumentException(name() + " has no tensor '" + tensor + "'");
        }
        return place;
    }

    private synchronized Optional<MemorySegment> map(String file) throws IOException {
        Optional<MemorySegment> known = maps.get(file);
        if (known == null) {
            Optional<Path> local = storage.localFile(file);
            known = Optional.empty();
            if (local.isPresent()) {
                try (FileChannel channel = FileChannel.open(local.get(), StandardOpenOption.READ)) {
                    known = Optional.of(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
                }
            }
            maps.put(file, known);
        }
        return known;
    }

    /** Unmaps the files; tensors that were loaded from them must not be used any more. */
    @Override
    public void close() {
        arena.close();
    }
}
