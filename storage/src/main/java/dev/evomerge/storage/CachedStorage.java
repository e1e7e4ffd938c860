package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A storage whose objects are kept in a folder of this machine once their local file was asked for, so that the next process finds them at
 * hand and maps them into memory. Everything else goes to the origin.
 *
 * <p>A copy is known by the object's URI, size and version, so an object that changes is fetched anew. It appears under its name when it is
 * whole. Several processes may share the folder: of those that want one object the first fetches it and the others wait. Where room gets
 * scarce, the copies that were used longest ago go first; those that are mapped stay readable until they are let go.
 */
final class CachedStorage implements Storage {

    private static final String PART = ".part";
    private static final String LOCK = ".lock";
    private static final Map<Path, Object> FETCHES = new ConcurrentHashMap<>();

    private final Storage origin;
    private final Path folder;
    private final Clock clock;

    CachedStorage(Storage origin, Path folder, Clock clock) {
        this.origin = origin;
        this.folder = folder;
        this.clock = clock;
    }

    /** Fetches the object unless it is there. Empty where the origin has no such object or cannot tell versions apart, or there is no room. */
    @Override
    public Optional<Path> localFile(String path) throws IOException {
        Optional<Path> own = origin.localFile(path);
        OptionalLong size = own.isPresent() ? OptionalLong.empty() : origin.size(path);
        Optional<String> version = size.isEmpty() ? Optional.empty() : origin.version(path);
        if (version.isEmpty()) {
            return own;
        }
        Path copy = folder.resolve(name(uri(path), size.getAsLong(), version.get()));
        if (isWhole(copy, size.getAsLong())) {
            return Optional.of(copy);
        }
        Files.createDirectories(folder);
        // A file's lock keeps other processes out, and this one's threads must be kept apart besides.
        synchronized (FETCHES.computeIfAbsent(copy, any -> new Object())) {
            return fetchLocked(path, size.getAsLong(), copy);
        }
    }

    private Optional<Path> fetchLocked(String path, long size, Path copy) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        copy.resolveSibling(copy.getFileName() + LOCK),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!isWhole(copy, size)) {
                if (!makeRoom(size)) {
                    return Optional.empty();
                }
                fetch(path, size, copy);
            }
            return Optional.of(copy);
        }
    }

    /** Whether the copy is there; it then counts as used. */
    private boolean isWhole(Path copy, long size) throws IOException {
        if (!Files.exists(copy) || Files.size(copy) != size) {
            return false;
        }
        Files.setLastModifiedTime(copy, FileTime.from(clock.instant()));
        return true;
    }

    private void fetch(String path, long size, Path copy) throws IOException {
        Path part = copy.resolveSibling(copy.getFileName() + PART);
        try (FileChannel channel = FileChannel.open(
                        part,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
            origin.read(path, 0, memory);
            memory.force();
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.setLastModifiedTime(part, FileTime.from(clock.instant()));
        Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes copies, the longest unused first, until there is room for so many bytes and a tenth more; whether there is then. */
    private boolean makeRoom(long bytes) throws IOException {
        long wanted = bytes + bytes / 10;
        for (Path copy : longestUnusedFirst()) {
            if (Files.getFileStore(folder).getUsableSpace() >= wanted) {
                break;
            }
            Files.deleteIfExists(copy);
        }
        return Files.getFileStore(folder).getUsableSpace() >= wanted;
    }

    private List<Path> longestUnusedFirst() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            !file.toString().endsWith(PART) && !file.toString().endsWith(LOCK))
                    .sorted(Comparator.comparing(file -> file.toFile().lastModified()))
                    .toList();
        }
    }

    private static String name(StorageUri uri, long size, String version) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest((uri + "\n" + size + "\n" + version).getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public StorageUri uri(String path) {
        return origin.uri(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        return origin.size(path);
    }

    @Override
    public Optional<String> version(String path) throws IOException {
        return origin.version(path);
    }

    @Override
    public byte[] read(String path) throws IOException {
        return origin.read(path);
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        origin.read(path, offset, target);
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        return origin.list(prefix);
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        origin.put(path, bytes);
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        return origin.putIfAbsent(path, bytes);
    }

    @Override
    public Upload upload(String path) throws IOException {
        return origin.upload(path);
    }

    @Override
    public void delete(String path) throws IOException {
        origin.delete(path);
    }

    @Override
    public void close() {
        origin.close();
    }
}
