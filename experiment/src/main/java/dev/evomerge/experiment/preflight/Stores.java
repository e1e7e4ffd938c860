package dev.evomerge.experiment.preflight;

import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.util.function.UnaryOperator;

/**
 * Opens storages for an experiment.
 *
 * @param access    endpoint and credentials
 * @param allowFile whether {@code file:///} may be used: in a pod it is the operator's own file system, so only in tests and on one machine
 * @param opened    what becomes of every storage that is opened: the operator counts its errors
 */
public record Stores(StorageAccess access, boolean allowFile, UnaryOperator<Storage> opened) {

    /**
     * Opens a folder.
     *
     * @throws TroubleException if the URI is not supported
     */
    public Storage open(String uri) throws TroubleException {
        check(uri);
        try {
            return opened.apply(Storages.open(StorageUri.parse(uri), access));
        } catch (StorageException e) {
            throw new TroubleException(Reason.UriNotSupported, e.getMessage());
        }
    }

    /** Whether this is on a volume that only pods mount. */
    public boolean isForPodsOnly(String uri) {
        return (uri.startsWith(StorageUri.CLAIM + "://") || uri.startsWith(StorageUri.IMAGE + "://"))
                && !(allowFile && access.settings().containsKey(StorageAccess.VOLUMES));
    }

    /**
     * Checks that a URI may be used.
     *
     * @throws TroubleException if not
     */
    public void check(String uri) throws TroubleException {
        if (isForPodsOnly(uri)) {
            throw new TroubleException(
                    Reason.UriNotSupported,
                    uri + " is on a volume, which only pods mount; expected object storage, as s3://bucket/folder");
        }
        if (uri.startsWith("file:") && !allowFile) {
            throw new TroubleException(
                    Reason.UriNotSupported,
                    uri
                            + " is a folder of one machine, which operator and evaluators do not share; expected object storage, as s3://bucket/folder");
        }
    }
}
