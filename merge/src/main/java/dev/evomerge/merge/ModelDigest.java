package dev.evomerge.merge;

import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * The digest of a model: SHA-256 over one line per file of its folder, {@code <path> <sha256>\n} in lexical order of paths, in hexadecimal.
 * The same model has the same digest wherever it lies. The card is left out: it tells where a model comes from and when, and two
 * experiments that find the same model write two cards.
 */
public final class ModelDigest {

    private static final int CHUNK = 8 << 20;
    private static final String CARD = "README.md";

    private ModelDigest() {}

    /**
     * Reads a whole folder and digests it.
     *
     * @param folder its path in the storage, empty for the storage's own folder
     */
    public static String of(Storage storage, String folder) throws IOException {
        String prefix = folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/";
        var files = new TreeMap<String, String>();
        for (Storage.Entry entry : storage.list(prefix)) {
            files.put(entry.path().substring(prefix.length()), file(storage, entry));
        }
        return ofFiles(files);
    }

    /** The digest of a folder from the digests of its files, by path. */
    static String ofFiles(Map<String, String> files) {
        MessageDigest digest = sha256();
        var model = new TreeMap<>(files);
        model.remove(CARD);
        model.forEach((path, sha) -> digest.update((path + " " + sha + "\n").getBytes(StandardCharsets.UTF_8)));
        return hex(digest);
    }

    private static String file(Storage storage, Storage.Entry entry) throws IOException {
        MessageDigest digest = sha256();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.clamp(entry.size(), 1, CHUNK));
            for (long at = 0; at < entry.size(); at += buffer.byteSize()) {
                MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), entry.size() - at));
                storage.read(entry.path(), at, part);
                digest.update(part.asByteBuffer());
            }
        }
        return hex(digest);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
