package dev.evomerge.storage;

import java.nio.file.Path;
import java.time.Clock;

/** Opens storages; one place knows what serves which scheme. */
public final class Storages {

    private Storages() {}

    /**
     * Opens a folder whose objects are kept in a directory of this machine once their local file was asked for ({@link Storage#localFile}).
     *
     * @param cache the directory; it is made if it is not there
     * @throws StorageException as {@link #open} does
     */
    public static Storage openCached(StorageUri folder, StorageAccess access, Path cache) throws StorageException {
        return new CachedStorage(open(folder, access), cache, Clock.systemUTC());
    }

    /**
     * Opens the folder that a URI names. Nothing is read or written yet.
     *
     * @throws StorageException if the scheme is not supported or a setting that it needs is missing
     */
    public static Storage open(StorageUri folder, StorageAccess access) throws StorageException {
        return access.first(StorageAccess.CREDENTIALS).isPresent()
                ? new RenewableStorage(access, settings -> openWith(folder, settings))
                : openWith(folder, access);
    }

    private static Storage openWith(StorageUri folder, StorageAccess access) throws StorageException {
        return switch (folder.scheme()) {
            case "file" -> new FolderStorage(folder, Path.of("/" + folder.path()));
            case "s3" -> S3Settings.open(folder, access);
            case "gs" -> ObjectStorage.open(folder, GoogleSettings.of(folder, access), () -> {});
            case "az" -> ObjectStorage.open(folder, AzureSettings.of(folder, access), () -> {});
            case "hf" -> HuggingFaceStorage.open(folder, access);
            case StorageUri.CLAIM, StorageUri.IMAGE -> new FolderStorage(folder, mounted(folder, access));
            default ->
                throw new StorageException("scheme '" + folder.scheme() + "' of " + folder
                        + " is not supported: expected s3, gs, az, hf, pvc, oci or file");
        };
    }

    private static Path mounted(StorageUri folder, StorageAccess access) throws StorageException {
        String volumes = access.first(StorageAccess.VOLUMES)
                .orElseThrow(() ->
                        new StorageException(folder + " is on a volume that only pods of the cluster mount: expected "
                                + StorageAccess.VOLUMES + " to name the folder that volumes are mounted below"));
        return Path.of(volumes).resolve(folder.mountPoint().orElseThrow()).resolve(folder.path());
    }
}
