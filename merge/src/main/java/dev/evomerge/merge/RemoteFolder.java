package dev.evomerge.merge;

import dev.evomerge.merge.Shards.Shard;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder in an object store: files of tensors are uploaded as they come, in order, by a thread of its own; index and config.json, without
 * which nobody takes the folder for a model, last. A model that lies there loses its config.json first.
 */
final class RemoteFolder implements OutputFolder {

    private static final long HELD = 32L << 20;

    private final Storage storage;
    private final String prefix;
    private final long bytes;
    private final boolean digest;
    private final List<String> written = new ArrayList<>();
    private final Map<String, byte[]> last = new LinkedHashMap<>();
    private final Map<String, String> digests = new TreeMap<>();
    private Uploading current;
    private boolean published;

    RemoteFolder(Storage storage, String folder, long bytes, boolean replace, boolean digest) throws IOException {
        this.storage = storage;
        this.prefix = folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/";
        this.bytes = bytes;
        this.digest = digest;
        var old = storage.list(prefix);
        if (!replace && !old.isEmpty()) {
            throw new IOException(storage.uri(prefix) + " holds " + old.size()
                    + " objects already; choose another folder or replace it");
        }
        storage.delete(prefix + "config.json");
        for (Storage.Entry entry : old) {
            storage.delete(entry.path());
        }
    }

    /** One file on its way. */
    private final class Uploading {
        private final String name;
        private final long size;
        private final Storage.Upload upload;
        private final MessageDigest sha = ModelDigest.sha256();
        private final Map<Long, byte[]> waiting = new HashMap<>();
        private final Thread thread;
        private long held;
        private IOException failure;
        private boolean stopped;

        Uploading(Shard shard) throws IOException {
            name = shard.name();
            size = shard.layout().fileBytes();
            upload = storage.upload(prefix + name);
            thread = Thread.ofPlatform().name("upload " + name).start(this::run);
        }

        synchronized void add(long offset, byte[] bytes) {
            waiting.put(offset, bytes);
            held += bytes.length;
            notifyAll();
        }

        private void run() {
            long at = 0;
            try {
                while (at < size) {
                    byte[] next = take(at);
                    upload.write(next, 0, next.length);
                    if (digest) {
                        sha.update(next);
                    }
                    at += next.length;
                    done(next.length);
                }
                upload.close();
            } catch (IOException | RuntimeException e) {
                fail(e instanceof IOException io ? io : new IOException(e.toString(), e));
            } catch (InterruptedException e) {
                fail(new InterruptedIOException("the upload of " + name + " was given up"));
            }
        }

        private synchronized byte[] take(long at) throws InterruptedException {
            while (!waiting.containsKey(at)) {
                if (stopped) {
                    throw new InterruptedException();
                }
                wait();
            }
            return waiting.remove(at);
        }

        private synchronized void done(long bytes) {
            held -= bytes;
            notifyAll();
        }

        private void fail(IOException e) {
            upload.abort();
            try {
                upload.close();
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            synchronized (this) {
                failure = e;
                notifyAll();
            }
        }

        synchronized void settle(long most) throws IOException {
            try {
                while (held > most && failure == null) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while uploading " + name);
            }
            if (failure != null) {
                throw failed(name, failure);
            }
        }

        void finish() throws IOException {
            join();
            settle(0);
            digests.put(name, ModelDigest.hex(sha));
        }

        void stop() throws IOException {
            synchronized (this) {
                stopped = true;
                notifyAll();
            }
            join();
        }

        private void join() throws IOException {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while uploading " + name);
            }
        }
    }

    @Override
    public void start(Shard shard) throws IOException {
        finishCurrent();
        written.add(shard.name());
        current = new Uploading(shard);
    }

    private void finishCurrent() throws IOException {
        if (current != null) {
            current.finish();
            current = null;
        }
    }

    @Override
    public void write(long offset, MemorySegment bytes) {
        current.add(offset, bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void settle() throws IOException {
        current.settle(HELD);
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        if (digest) {
            MessageDigest sha = ModelDigest.sha256();
            sha.update(content);
            digests.put(name, ModelDigest.hex(sha));
        }
        if (name.equals("config.json") || name.equals(Shards.INDEX)) {
            last.put(name, content);
        } else {
            store(name, content);
        }
    }

    private void store(String name, byte[] content) throws IOException {
        written.add(name);
        try {
            storage.put(prefix + name, content);
        } catch (IOException e) {
            throw failed(name, e);
        }
    }

    private IOException failed(String name, IOException e) {
        return new IOException(
                "writing " + storage.uri(prefix + name) + " failed: " + e.getMessage() + "; the model needs " + bytes
                        + " bytes of room",
                e);
    }

    @Override
    public Map<String, String> publish() throws IOException {
        finishCurrent();
        for (String name : List.of(Shards.INDEX, "config.json")) {
            if (last.containsKey(name)) {
                store(name, last.get(name));
            }
        }
        published = true;
        return digest ? digests : Map.of();
    }

    @Override
    public void close() throws IOException {
        if (published) {
            return;
        }
        if (current != null) {
            current.stop();
        }
        for (String name : written.reversed()) {
            storage.delete(prefix + name);
        }
    }
}
