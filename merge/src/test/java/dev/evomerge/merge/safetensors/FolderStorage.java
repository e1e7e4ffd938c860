package dev.evomerge.merge.safetensors;

import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** A folder for tests; as a remote store (nothing can be mapped) or as a local one. */
public record FolderStorage(Path root, boolean local) implements Storage {

    @Override
    public StorageUri uri(String path) {
        StorageUri here = local
                ? new StorageUri("file", "", root.toString().substring(1))
                : new StorageUri("s3", "test", "models");
        return here.resolve(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        Path file = root.resolve(path);
        return Files.isRegularFile(file) ? OptionalLong.of(Files.size(file)) : OptionalLong.empty();
    }

    @Override
    public byte[] read(String path) throws IOException {
        return Files.readAllBytes(root.resolve(path));
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        try (FileChannel channel = FileChannel.open(root.resolve(path))) {
            long at = 0;
            while (at < target.byteSize()) {
                ByteBuffer buffer = target.asSlice(at, Math.min(target.byteSize() - at, 1 << 20))
                        .asByteBuffer();
                int count = channel.read(buffer, offset + at);
                if (count < 0) {
                    throw new StorageException(uri(path) + " ends early");
                }
                at += count;
            }
        }
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> new Entry(
                            root.relativize(file).toString(), file.toFile().length()))
                    .filter(entry -> entry.path().startsWith(prefix))
                    .sorted(java.util.Comparator.comparing(Entry::path))
                    .toList();
        }
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        Files.createDirectories(root.resolve(path).getParent());
        Files.write(root.resolve(path), bytes);
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        boolean absent = !Files.exists(root.resolve(path));
        if (absent) {
            put(path, bytes);
        }
        return absent;
    }

    @Override
    public Upload upload(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        OutputStream out = Files.newOutputStream(part);
        return new Upload() {
            private boolean aborted;

            @Override
            public void write(int b) throws IOException {
                out.write(b);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                out.write(bytes, from, count);
            }

            @Override
            public void abort() {
                aborted = true;
            }

            @Override
            public void close() throws IOException {
                out.close();
                if (aborted) {
                    Files.deleteIfExists(part);
                } else {
                    Files.move(part, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                }
            }
        };
    }

    @Override
    public void delete(String path) throws IOException {
        Files.deleteIfExists(root.resolve(path));
    }

    @Override
    public Optional<Path> localFile(String path) {
        return local ? Optional.of(root.resolve(path)).filter(Files::isRegularFile) : Optional.empty();
    }

    @Override
    public void close() {}
}
