package dev.evomerge.storage;

import java.nio.file.Path;

/** Opens storages; one place knows what serves which scheme. */
public final class Storages {

    private Storages() {}

    /**
     * Opens the folder that a URI names. Nothing is read or written yet.
     *
     * @throws StorageException if the scheme is not supported or a setting that it needs is missing
     */
    public static Storage open(StorageUri folder, StorageAccess access) throws StorageException {
        return switch (folder.scheme()) {
            case "file" -> new FolderStorage(folder, Path.of("/" + folder.path()));
            case "s3" -> ObjectStorage.open(folder, S3Settings.of(folder, access));
            default ->
                throw new StorageException(
                        "scheme '" + folder.scheme() + "' of " + folder + " is not supported: expected s3 or file");
        };
    }
}
