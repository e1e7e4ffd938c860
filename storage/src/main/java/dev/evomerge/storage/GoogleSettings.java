package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.Optional;
import org.apache.opendal.ServiceConfig;

/** From the names that Google's tools use to a bucket's configuration. */
final class GoogleSettings {

    private GoogleSettings() {}

    /**
     * A service account's key as text or as a file, or none for public buckets, or else the identity that the node or pod has in Google's
     * cloud.
     */
    static ServiceConfig.Gcs of(StorageUri folder, StorageAccess access) throws StorageException {
        ServiceConfig.Gcs.GcsBuilder config = ServiceConfig.Gcs.builder()
                .bucket(folder.bucket())
                .root("/" + folder.path())
                .disableConfigLoad(true);
        Optional<String> endpoint = access.endpoint(folder, "STORAGE_EMULATOR_HOST");
        endpoint.ifPresent(config::endpoint);
        Optional<String> key = access.first("GOOGLE_CREDENTIALS");
        Optional<String> keyFile = access.first("GOOGLE_APPLICATION_CREDENTIALS");
        if (key.isPresent()) {
            config.credential(Base64.getEncoder().encodeToString(key.get().getBytes(UTF_8)));
        } else if (keyFile.isPresent()) {
            config.credentialPath(keyFile.get());
        } else if (endpoint.isPresent() || access.isTrue("GOOGLE_SKIP_SIGNATURE")) {
            config.allowAnonymous(true).disableVmMetadata(true);
        }
        return config.build();
    }
}
