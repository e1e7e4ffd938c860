package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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

    /**
     * The setting that names a folder with a file for each setting, as a Kubernetes Secret is mounted: what a store is asked with once it has refused the
     * settings given here.
     */
    public static final String CREDENTIALS = "EVOMERGE_CREDENTIALS";

    public StorageAccess {
        settings = Map.copyOf(settings);
    }

    /** What this process was given in its environment. */
    public static StorageAccess fromEnvironment() {
        return new StorageAccess(System.getenv());
    }

    /** These settings with what the folder of {@link #CREDENTIALS} holds now in their place. */
    StorageAccess renewed() throws IOException {
        Path folder = Path.of(settings.get(CREDENTIALS));
        // Kubernetes swaps all files of a Secret at once, by this link.
        Path data = folder.resolve("..data");
        var renewed = new HashMap<>(settings);
        try (var files =
                Files.newDirectoryStream(Files.exists(data) ? data.toRealPath() : folder, Files::isRegularFile)) {
            for (Path file : files) {
                renewed.put(
                        file.getFileName().toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
            }
        }
        return new StorageAccess(renewed);
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
