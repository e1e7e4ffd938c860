package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How to reach a store: endpoint, region and credentials, by the names that cloud tools use in the environment
 * ({@code AWS_ENDPOINT_URL}, {@code AWS_ACCESS_KEY_ID}, {@code GOOGLE_CREDENTIALS}, {@code AZURE_STORAGE_KEY}, {@code HF_TOKEN}, …;
 * {@code docs/storage.md} has all of them).
 *
 * <p>The same names serve a pod's environment and the keys of a Kubernetes Secret. Unknown names are ignored.
 */
public record StorageAccess(Map<String, String> settings) {

    /** The setting that names the folder below which a pod's volumes are mounted, each at its {@link StorageUri#mountPoint}. */
    public static final String VOLUMES = "EVOMERGE_VOLUMES";

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

    /** The first of these settings that is there and not blank. */
    Optional<String> first(String... names) {
        return Stream.of(names)
                .map(settings::get)
                .filter(value -> value != null && !value.isBlank())
                .findFirst();
    }

    boolean isTrue(String name) {
        return Boolean.parseBoolean(settings.get(name));
    }

    /** The first of these settings, which must be the address of an HTTP server. */
    Optional<String> endpoint(StorageUri folder, String... names) throws StorageException {
        Optional<String> endpoint = first(names);
        if (endpoint.isEmpty() || isAddress(endpoint.get())) {
            return endpoint;
        }
        String name = Stream.of(names).filter(settings::containsKey).findFirst().orElseThrow();
        throw new StorageException(
                "cannot open " + folder + ": " + name + " is '" + endpoint.get() + "', expected http(s)://host[:port]");
    }

    private static boolean isAddress(String text) {
        try {
            URI uri = URI.create(text);
            return uri.getHost() != null && Stream.of("http", "https").anyMatch(uri.getScheme()::equalsIgnoreCase);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static StorageException missing(StorageUri folder, String name, String hint) {
        return new StorageException(
                Reason.INVALID, "cannot open " + folder + ": " + name + " is not set; " + hint, null);
    }
}
