package dev.evomerge.merge;

import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** A store that takes so many bytes and then fails. */
final class FailingStorage implements Storage {

    private final Storage inner;
    private final AtomicLong room;

    FailingStorage(Storage inner, long room) {
        this.inner = inner;
        this.room = new AtomicLong(room);
    }

    private void take(long bytes) throws StorageException {
        if (room.addAndGet(-bytes) < 0) {
            throw new StorageException("the store is full");
        }
    }

    @Override
    public StorageUri uri(String path) {
        return inner.uri(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        return inner.size(path);
    }

    @Override
    public byte[] read(String path) throws IOException {
        return inner.read(path);
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        inner.read(path, offset, target);
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        return inner.list(prefix);
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        take(bytes.length);
        inner.put(path, bytes);
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        take(bytes.length);
        return inner.putIfAbsent(path, bytes);
    }

    @Override
    public Upload upload(String path) throws IOException {
        Upload upload = inner.upload(path);
        return new Upload() {
            @Override
            public void write(int b) throws IOException {
                take(1);
                upload.write(b);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                take(count);
                upload.write(bytes, from, count);
            }

            @Override
            public void abort() {
                upload.abort();
            }

            @Override
            public void close() throws IOException {
                upload.close();
            }
        };
    }

    @Override
    public void delete(String path) throws IOException {
        inner.delete(path);
    }

    @Override
    public Optional<Path> localFile(String path) throws IOException {
        return inner.localFile(path);
    }

    @Override
    public void close() {
        inner.close();
    }
}
