package dev.evomerge.storage;

import java.util.Optional;
import org.apache.opendal.ServiceConfig;

/** From the names that Azure's command uses to a container's configuration. */
final class AzureSettings {

    private AzureSettings() {}

    /** An account's key, or a shared access signature. The identity of a pod is not supported: the library cannot be given one. */
    static ServiceConfig.Azblob of(StorageUri folder, StorageAccess access) throws StorageException {
        String account = access.first("AZURE_STORAGE_ACCOUNT")
                .orElseThrow(() -> StorageAccess.missing(
                        folder, "AZURE_STORAGE_ACCOUNT", "it names the account of the container"));
        ServiceConfig.Azblob.AzblobBuilder config = ServiceConfig.Azblob.builder()
                .container(folder.bucket())
                .root("/" + folder.path())
                .accountName(account)
                .endpoint(access.endpoint(folder, "AZURE_STORAGE_SERVICE_ENDPOINT")
                        .orElse("https://" + account + ".blob.core.windows.net"));
        Optional<String> key = access.first("AZURE_STORAGE_KEY");
        Optional<String> signature = access.first("AZURE_STORAGE_SAS_TOKEN");
        if (key.isPresent()) {
            config.accountKey(key.get());
        } else {
            config.sasToken(signature.orElseThrow(() -> StorageAccess.missing(
                    folder, "AZURE_STORAGE_KEY", "or, for a shared access signature, AZURE_STORAGE_SAS_TOKEN")));
        }
        return config.build();
    }
}
