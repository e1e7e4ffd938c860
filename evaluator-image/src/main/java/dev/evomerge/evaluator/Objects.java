package dev.evomerge.evaluator;

import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;

/** Single objects by their URIs. */
public final class Objects {

    private Objects() {}

    /**
     * Reads a small object.
     *
     * @throws IOException if it is not there, or cannot be read
     */
    public static byte[] read(String text, StorageAccess access) throws IOException {
        StorageUri uri = StorageUri.parse(text);
        try (Storage folder = Storages.open(uri.parent(), access)) {
            return folder.read(uri.name());
        }
    }
}
