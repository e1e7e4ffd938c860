package dev.evomerge.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A folder of objects: a bucket with a prefix, or a directory. Paths are relative, separated by {@code /}, without a leading one.
 *
 * <p>Safe for use by several threads. Every failure is a {@link StorageException} that names the object's URI.
 */
public interface Storage extends AutoCloseable {

    /** The URI of a path in this storage, for messages and records. */
    StorageUri uri(String path);

    /** The object's size in bytes, or empty if there is none. */
    OptionalLong size(String path) throws IOException;

    /** The whole object; for small ones. */
    byte[] read(String path) throws IOException;

    /** Fills {@code target} with the object's bytes from {@code offset} (≥ 0) on; fails if the object ends before. */
    void read(String path, long offset, MemorySegment target) throws IOException;

    /** Every object whose path starts with {@code prefix}, at any depth, in lexical order. */
    List<Entry> list(String prefix) throws IOException;

    /** Writes the whole object, replacing one that exists; it appears at once or not at all. */
    void put(String path, byte[] bytes) throws IOException;

    /**
     * Writes the whole object if there is none yet: of several concurrent callers at most one succeeds.
     *
     * @return whether this call wrote it. In the rare case that a store wrote it but its answer was lost, a second try finds the object and
     *     the answer is {@code false}: a caller to whom it matters compares the content
     */
    boolean putIfAbsent(String path, byte[] bytes) throws IOException;

    /** Opens an object for streaming; it appears when the stream is closed, and never if {@link Upload#abort()} was called before. */
    Upload upload(String path) throws IOException;

    /** Removes an object; removing one that does not exist is no error. */
    void delete(String path) throws IOException;

    /** Writes a small object and removes it again, so that a store that takes nothing says so before it matters. */
    default void checkWritable() throws IOException {
        String path = ".evomerge-write-check";
        put(path, new byte[] {'\n'});
        delete(path);
    }

    /** What changes whenever the object's content does, such as an ETag; empty if there is no object, or none is known. */
    default Optional<String> version(String path) throws IOException {
        return Optional.empty();
    }

    /** The local file behind a path where there is one, so that it can be mapped into memory instead of read. */
    Optional<Path> localFile(String path) throws IOException;

    @Override
    void close();

    /** An object's path and its size in bytes. */
    record Entry(String path, long size) {}

    /** A streamed write. */
    abstract class Upload extends OutputStream {

        /** Discards what was written; the object stays as it was before. */
        public abstract void abort();
    }
}
