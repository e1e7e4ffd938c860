package dev.evomerge.operator.metrics;

import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A storage whose operations are timed, and its errors counted. */
public final class MeteredStorage implements Storage {

    private final Storage storage;
    private final MeterRegistry registry;

    public MeteredStorage(Storage storage, MeterRegistry registry) {
        this.storage = storage;
        this.registry = registry;
    }

    private interface Operation<T> {
        T run() throws IOException;
    }

    private <T> T timed(String name, Operation<T> operation) throws IOException {
        var errors = registry.counter("evomerge.storage.errors", "operation", name);
        var sample = Timer.start(registry);
        try {
            return operation.run();
        } catch (IOException e) {
            // That something is not there is an answer.
            if (!(e instanceof StorageException known && known.reason() == StorageException.Reason.NOT_FOUND)) {
                errors.increment();
            }
            throw e;
        } finally {
            sample.stop(registry.timer("evomerge.storage", "operation", name));
        }
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        return timed("read", () -> storage.size(path));
    }

    @Override
    public byte[] read(String path) throws IOException {
        return timed("read", () -> storage.read(path));
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        timed("read", () -> {
            storage.read(path, offset, target);
            return null;
        });
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        return timed("list", () -> storage.list(prefix));
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        timed("write", () -> {
            storage.put(path, bytes);
            return null;
        });
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        return timed("write", () -> storage.putIfAbsent(path, bytes));
    }

    @Override
    public Upload upload(String path) throws IOException {
        return timed("write", () -> storage.upload(path));
    }

    @Override
    public void delete(String path) throws IOException {
        timed("write", () -> {
            storage.delete(path);
            return null;
        });
    }

    @Override
    public StorageUri uri(String path) {
        return storage.uri(path);
    }

    @Override
    public Optional<String> version(String path) throws IOException {
        return storage.version(path);
    }

    @Override
    public Optional<Path> localFile(String path) throws IOException {
        return storage.localFile(path);
    }

    @Override
    public void close() {
        storage.close();
    }
}
