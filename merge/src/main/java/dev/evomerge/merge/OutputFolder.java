package dev.evomerge.merge;

import dev.evomerge.merge.Shards.Shard;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/** A folder being written; until {@link #publish} nobody can take it for a model, and after {@link #close} without it nothing is left. */
interface OutputFolder extends AutoCloseable {

    /**
     * Opens the folder for writing.
     *
     * @param bytes   about how many bytes it will hold
     * @param replace whether a model that lies there may be replaced
     * @throws IOException if there is one and it may not, or there is no room
     */
    static OutputFolder open(Storage storage, String folder, long bytes, boolean replace, boolean digest)
            throws IOException {
        var uri = storage.uri(folder);
        return uri.scheme().equals("file")
                ? new LocalFolder(Path.of("/" + uri.path()), bytes, replace, digest)
                : new RemoteFolder(storage, folder, bytes, replace, digest);
    }

    /** Starts a file of tensors; the one before it is complete by then. */
    void start(Shard shard) throws IOException;

    /**
     * Writes a part of the file that was started, in any order, from any thread, each byte once.
     *
     * @param bytes may be used again after the call
     */
    void write(long offset, MemorySegment bytes) throws IOException;

    /** Waits until little of what was written is held in memory, and throws what went wrong. */
    void settle() throws IOException;

    /** Writes a small file. */
    void put(String name, byte[] bytes) throws IOException;

    /**
     * Makes the folder a model.
     *
     * @return the SHA-256 of each file by name; empty where digests were not asked for
     */
    Map<String, String> publish() throws IOException;

    @Override
    void close() throws IOException;
}
