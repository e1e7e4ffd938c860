package dev.evomerge.storage;

import java.util.Map;

/**
 * How to reach a store: endpoint, region and credentials, by the names that cloud tools use in the environment
 * ({@code AWS_ENDPOINT_URL}, {@code AWS_REGION}, {@code AWS_ACCESS_KEY_ID}, {@code AWS_SECRET_ACCESS_KEY}, {@code AWS_SESSION_TOKEN}, …).
 * Certificates of a private authority are found by {@code SSL_CERT_FILE} in the environment of the process.
 *
 * <p>The same names serve a pod's environment and the keys of a Kubernetes Secret. Unknown names are ignored.
 */
public record StorageAccess(Map<String, String> settings) {

    public StorageAccess {
        settings = Map.copyOf(settings);
    }

    /** What this process was given in its environment. */
    public static StorageAccess fromEnvironment() {
        return new StorageAccess(System.getenv());
    }

    /** Never shows values: they are secrets. */
    @Override
    public String toString() {
        return "StorageAccess" + settings.keySet();
    }
}
