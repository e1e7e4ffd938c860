package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A storage whose credentials may be renewed while it is open: where the store refuses them they are looked up again, and if there are others by
 * now, the request is made once more with those.
 */
final class RenewableStorage implements Storage {

    @FunctionalInterface
    interface Opening {
        Storage with(StorageAccess access) throws StorageException;
    }

    @FunctionalInterface
    private interface Request<T> {
        T of(Storage storage) throws IOException;
    }

    private final Opening opening;
    private final List<Storage> opened = new ArrayList<>();
    private StorageAccess access;
    private volatile Storage current;

    RenewableStorage(StorageAccess access, Opening opening) throws StorageException {
        this.opening = opening;
        open(access);
    }

    private void open(StorageAccess access) throws StorageException {
        this.access = access;
        current = opening.with(access);
        opened.add(current);
    }

    private <T> T request(Request<T> request) throws IOException {
        Storage asked = current;
        try {
            return request.of(asked);
        } catch (StorageException e) {
            if (e.reason() != Reason.DENIED || !isRenewedSince(asked, e)) {
                throw e;
            }
            return request.of(current);
        }
    }

    /** Whether there is another storage to ask than the one that has been asked. Requests of other threads may still be under way there. */
    private synchronized boolean isRenewedSince(Storage asked, StorageException refusal) throws StorageException {
        if (current != asked) {
            return true;
        }
        StorageAccess now;
        try {
            now = access.renewed();
        } catch (IOException e) {
            refusal.addSuppressed(e);
            return false;
        }
        if (now.equals(access)) {
            return false;
        }
        open(now);
        return true;
    }

    @Override
    public StorageUri uri(String path) {
        return current.uri(path);
    }

    @Override
    public OptionalLong size(String path) throws IOException {
        return request(storage -> storage.size(path));
    }

    @Override
    public Optional<String> version(String path) throws IOException {
        return request(storage -> storage.version(path));
    }

    @Override
    public byte[] read(String path) throws IOException {
        return request(storage -> storage.read(path));
    }

    @Override
    public void read(String path, long offset, MemorySegment target) throws IOException {
        request(storage -> {
            storage.read(path, offset, target);
            return null;
        });
    }

    @Override
    public List<Entry> list(String prefix) throws IOException {
        return request(storage -> storage.list(prefix));
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        request(storage -> {
            storage.put(path, bytes);
            return null;
        });
    }

    @Override
    public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
        return request(storage -> storage.putIfAbsent(path, bytes));
    }

    /** Parts that were sent are gone when the store refuses a later one, so the credentials are tried before. */
    @Override
    public Upload upload(String path) throws IOException {
        try {
            size(path);
        } catch (StorageException e) {
            // The upload itself says what is wrong, if it is more than a look that is not allowed.
        }
        return current.upload(path);
    }

    @Override
    public void delete(String path) throws IOException {
        request(storage -> {
            storage.delete(path);
            return null;
        });
    }

    @Override
    public Optional<Path> localFile(String path) throws IOException {
        return request(storage -> storage.localFile(path));
    }

    @Override
    public synchronized void close() {
        opened.forEach(Storage::close);
    }
}
