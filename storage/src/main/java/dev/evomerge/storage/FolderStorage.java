package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A directory. A file is written under a temporary name, forced to disk, and then renamed or linked to its own: a reader never sees half
 * of one, and after a crash it is there in full or not at all.
 */
final class FolderStorage implements Storage {

    private static final String TEMPORARY = ".evomerge-tmp-";
    private static final long LARGEST_READ = 1 << 30; // a ByteBuffer holds less than 2 GiB

    private final StorageUri folder;
    private final Path directory;

    FolderStorage(StorageUri folder, Path directory) {
        this.folder = folder;
        this.directory = directory;
    }

    @Override
    public StorageUri uri(String path) {
        return folder.resolve(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file(path), BasicFileAttributes.class);
            return attributes.isRegularFile() ? OptionalLong.of(attributes.size()) : OptionalLong.empty();
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw failure("look at", path, e);
        }
    }

    @Override
    public byte[] read(String path) throws IOException {
        try {
            return Files.readAllBytes(file(path));
        } catch (IOException e) {
            throw failure("read", path, e);
        }
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        try (FileChannel channel = FileChannel.open(file(path), StandardOpenOption.READ)) {
            long done = 0;
            while (done < target.byteSize()) {
                ByteBuffer part = target.asSlice(done, Math.min(LARGEST_READ, target.byteSize() - done))
                        .asByteBuffer();
                int count = channel.read(part, offset + done);
                if (count < 0) {
                    throw new StorageException(
                            Reason.NOT_FOUND,
                            uri(path) + " has " + channel.size() + " bytes: expected at least "
                                    + (offset + target.byteSize()),
                            null);
                }
                done += count;
            }
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw failure("read", path, e);
        }
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        ObjectPath.checkPrefix(prefix);
        Path start = directory.resolve(prefix.substring(0, prefix.lastIndexOf('/') + 1));
        if (!Files.exists(start)) {
            return List.of();
        }
        List<Entry> entries = new ArrayList<>();
        try {
            Files.walkFileTree(start, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    String path = directory.relativize(file).toString();
                    if (path.startsWith(prefix)
                            && !file.getFileName().toString().startsWith(TEMPORARY)) {
                        // Hugging Face caches hold links to files.
                        long size = attributes.isSymbolicLink() ? Files.size(file) : attributes.size();
                        entries.add(new Entry(path, size));
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE; // removed meanwhile
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw failure("list", prefix, e);
        }
        entries.sort(Comparator.comparing(Entry::path));
        return entries;
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        try (Upload upload = upload(path)) {
            upload.write(bytes);
        }
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        Path file = file(path);
        try {
            if (Files.exists(file)) {
                return false;
            }
            Files.createDirectories(file.getParent());
            Path temporary = temporary(file);
            try {
                writeDurably(temporary, bytes);
                // Unlike a rename, making a link fails if the name is taken.
                Files.createLink(file, temporary);
                forceDirectory(file.getParent());
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            } catch (UnsupportedOperationException e) {
                throw new StorageException(
                        uri(path)
                                + " cannot be written once only: the file system has no hard links; use another folder, or s3",
                        e);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw failure("write", path, e);
        }
    }

    @Override
    public Upload upload(String path) throws IOException {
        Path file = file(path);
        try {
            Files.createDirectories(file.getParent());
            Path temporary = temporary(file);
            FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new FileUpload(path, file, temporary, channel);
        } catch (IOException e) {
            throw failure("write", path, e);
        }
    }

    @Override
    public void delete(String path) throws IOException {
        try {
            Files.deleteIfExists(file(path));
        } catch (IOException e) {
            throw failure("delete", path, e);
        }
    }

    @Override
    public Optional<Path> localFile(String path) {
        return Optional.of(file(path)).filter(Files::isRegularFile);
    }

    @Override
    public void close() {}

    private Path file(String path) {
        return directory.resolve(ObjectPath.check(path));
    }

    private static Path temporary(Path file) {
        return file.resolveSibling(TEMPORARY + UUID.randomUUID());
    }

    private static void writeDurably(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeFully(channel, ByteBuffer.wrap(bytes));
            channel.force(true);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** A new name survives a crash of the machine only when its directory is on disk too. */
    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private StorageException failure(String action, String path, IOException e) {
        String what = "cannot " + action + " " + uri(path) + ": ";
        return switch (e) {
            case NoSuchFileException missing -> new StorageException(Reason.NOT_FOUND, what + "it does not exist", e);
            case AccessDeniedException denied ->
                new StorageException(
                        Reason.DENIED,
                        what + "permission denied on " + denied.getFile() + " for user "
                                + System.getProperty("user.name"),
                        e);
            default -> new StorageException(Reason.OTHER, what + e, e);
        };
    }

    private final class FileUpload extends Upload {

        private final String path;
        private final Path file;
        private final Path temporary;
        private final FileChannel channel;

        FileUpload(String path, Path file, Path temporary, FileChannel channel) {
            this.path = path;
            this.file = file;
            this.temporary = temporary;
            this.channel = channel;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                writeFully(channel, ByteBuffer.wrap(bytes, offset, length));
            } catch (IOException e) {
                abort();
                throw failure("write", path, e);
            }
        }

        @Override
        public void close() throws IOException {
            if (!channel.isOpen()) {
                return;
            }
            try {
                channel.force(true);
                channel.close();
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
                forceDirectory(file.getParent());
            } catch (IOException e) {
                abort();
                throw failure("write", path, e);
            }
        }

        @Override
        public void abort() {
            try {
                channel.close();
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                // Nothing was promised: the object is as it was, and the temporary file is never listed.
            }
        }
    }
}
