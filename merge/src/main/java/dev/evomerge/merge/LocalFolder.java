package dev.evomerge.merge;

import dev.evomerge.merge.Shards.Shard;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder on this machine: written beside its place under another name, then renamed. */
final class LocalFolder implements OutputFolder {

    private static final long SPARE = 1 << 20;

    private final Path place;
    private final Path draft;
    private final long bytes;
    private final boolean digest;
    private final List<FileChannel> shards = new ArrayList<>();
    private FileChannel current;

    LocalFolder(Path place, long bytes, boolean replace, boolean digest) throws IOException {
        this.place = place.toAbsolutePath().normalize();
        this.bytes = bytes;
        this.digest = digest;
        if (!replace && Files.exists(this.place) && !isEmpty(this.place)) {
            throw new IOException(this.place + " exists already and is not empty; choose another folder or replace it");
        }
        Files.createDirectories(this.place.getParent());
        long room = Files.getFileStore(this.place.getParent()).getUsableSpace();
        if (room < bytes + SPARE) {
            throw new IOException("no room for the model at " + this.place + ": it needs " + (bytes + SPARE)
                    + " bytes, there are " + room);
        }
        this.draft = Files.createTempDirectory(this.place.getParent(), "." + this.place.getFileName() + ".part");
        Files.setPosixFilePermissions(draft, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    @Override
    public void start(Shard shard) throws IOException {
        current =
                FileChannel.open(draft.resolve(shard.name()), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        shards.add(current);
    }

    @Override
    public void write(long offset, MemorySegment data) throws IOException {
        ByteBuffer buffer = data.asByteBuffer();
        try {
            while (buffer.hasRemaining()) {
                current.write(buffer, offset + buffer.position());
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IOException failed(IOException e) {
        return new IOException(
                "writing to " + place + " failed: " + e.getMessage() + "; the model needs " + bytes + " bytes of room",
                e);
    }

    @Override
    public void settle() {
        // Nothing is held in memory.
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        try {
            Files.write(draft.resolve(name), content);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public TreeMap<String, String> publish() throws IOException {
        for (FileChannel shard : shards) {
            shard.close();
        }
        var digests = new TreeMap<String, String>();
        if (digest) {
            try (Stream<Path> files = Files.list(draft)) {
                files.parallel().forEach(file -> {
                    String sha = sha256(file);
                    synchronized (digests) {
                        digests.put(file.getFileName().toString(), sha);
                    }
                });
            }
        }
        Path old = place.resolveSibling(draft.getFileName() + ".old");
        if (Files.exists(place)) {
            Files.move(place, old, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
        remove(old);
        return digests;
    }

    private static String sha256(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            MessageDigest sha = ModelDigest.sha256();
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            while (channel.read(buffer) >= 0) {
                sha.update(buffer.flip());
                buffer.clear();
            }
            return ModelDigest.hex(sha);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (FileChannel shard : shards) {
            shard.close();
        }
        remove(draft);
    }

    private static void remove(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
