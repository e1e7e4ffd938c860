package dev.evomerge.storage;

/** Opens storages; one place knows which library serves which scheme. */
public final class Storages {

    private Storages() {}

    /**
     * Opens the folder that a URI names. Nothing is read or written yet.
     *
     * @throws StorageException if the scheme is not supported or a setting that it needs is missing
     */
    public static Storage open(StorageUri folder, StorageAccess access) throws StorageException {
        throw new StorageException("scheme '" + folder.scheme() + "' of " + folder + " is not supported");
    }
}
