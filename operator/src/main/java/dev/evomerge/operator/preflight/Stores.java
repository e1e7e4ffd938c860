package dev.evomerge.operator.preflight;

import dev.evomerge.operator.condition.Reason;
import dev.evomerge.operator.condition.TroubleException;
import dev.evomerge.operator.metrics.MeteredStorage;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import io.micrometer.core.instrument.Metrics;

/**
 * Opens storages for an experiment.
 *
 * @param access    endpoint and credentials
 * @param allowFile whether {@code file:///} may be used: in a pod it is the operator's own file system, so only in tests and on one machine
 */
public record Stores(StorageAccess access, boolean allowFile) {

    /**
     * Opens a folder.
     *
     * @throws TroubleException if the URI is not supported
     */
    public Storage open(String uri) throws TroubleException {
        check(uri);
        try {
            return new MeteredStorage(Storages.open(StorageUri.parse(uri), access), Metrics.globalRegistry);
        } catch (StorageException e) {
            throw new TroubleException(Reason.UriNotSupported, e.getMessage());
        }
    }

    /**
     * Checks that a URI may be used.
     *
     * @throws TroubleException if not
     */
    public void check(String uri) throws TroubleException {
        if (uri.startsWith("file:") && !allowFile) {
            throw new TroubleException(
                    Reason.UriNotSupported,
                    uri
                            + " is a folder of one machine, which operator and evaluators do not share; expected object storage, as s3://bucket/folder");
        }
    }
}
