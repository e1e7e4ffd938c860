package dev.evomerge.storage;

import dev.evomerge.storage.StorageException.Reason;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.opendal.ServiceConfig;

/** From the names that users know, {@code AWS_…}, to a bucket's configuration. */
final class S3Settings {

    private static final String REGION_OF_OTHER_STORES =
            "us-east-1"; // what servers that have no regions expect in a signature

    private S3Settings() {}

    static ServiceConfig.S3 of(StorageUri folder, StorageAccess access) throws StorageException {
        Map<String, String> settings = access.settings();
        Optional<String> endpoint = first(settings, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
        ServiceConfig.S3.S3Builder config = ServiceConfig.S3
                .builder()
                .bucket(folder.bucket())
                .root("/" + folder.path())
                .region(region(folder, settings, endpoint))
                .enableVirtualHostStyle(virtualHost(folder, settings, endpoint))
                .disableEc2Metadata(true);
        if (endpoint.isPresent()) {
            config.endpoint(checkEndpoint(folder, endpoint.get()));
        }
        authenticate(folder, settings, config);
        return config.build();
    }

    /**
     * Keys, or a pod's own identity by a token file, or none for public buckets. Only with a token file does the library look at this
     * process's environment: else the settings given here would not be the whole truth.
     */
    private static void authenticate(StorageUri folder, Map<String, String> settings, ServiceConfig.S3.S3Builder config)
            throws StorageException {
        Optional<String> key = first(settings, "AWS_ACCESS_KEY_ID");
        Optional<String> secret = first(settings, "AWS_SECRET_ACCESS_KEY");
        if (key.isPresent() && secret.isPresent()) {
            config.disableConfigLoad(true).accessKeyId(key.get()).secretAccessKey(secret.get());
            first(settings, "AWS_SESSION_TOKEN").ifPresent(config::sessionToken);
        } else if (key.isPresent() || secret.isPresent()) {
            throw missing(
                    folder,
                    key.isPresent() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                    "it goes with the other half of the key");
        } else if (Boolean.parseBoolean(settings.get("AWS_SKIP_SIGNATURE"))) {
            config.disableConfigLoad(true).allowAnonymous(true);
        } else if (settings.containsKey("AWS_WEB_IDENTITY_TOKEN_FILE") && settings.containsKey("AWS_ROLE_ARN")) {
            config.disableConfigLoad(false);
        } else {
            throw missing(
                    folder,
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                    "or, for a pod's own identity, AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or, for a public bucket, AWS_SKIP_SIGNATURE=true");
        }
    }

    private static String region(StorageUri folder, Map<String, String> settings, Optional<String> endpoint)
            throws StorageException {
        Optional<String> region = first(settings, "AWS_REGION", "AWS_DEFAULT_REGION");
        if (region.isEmpty() && endpoint.isEmpty()) {
            throw missing(folder, "AWS_REGION", "or, for a store outside AWS, AWS_ENDPOINT_URL");
        }
        return region.orElse(REGION_OF_OTHER_STORES);
    }

    /** AWS names the bucket in the host, most other servers in the path; a dot in the bucket's name breaks the host's certificate. */
    private static boolean virtualHost(StorageUri folder, Map<String, String> settings, Optional<String> endpoint) {
        return first(settings, "AWS_VIRTUAL_HOSTED_STYLE_REQUEST")
                .map(Boolean::parseBoolean)
                .orElse(endpoint.isEmpty() && !folder.bucket().contains("."));
    }

    private static String checkEndpoint(StorageUri folder, String endpoint) throws StorageException {
        try {
            URI uri = URI.create(endpoint);
            if (uri.getHost() != null && Stream.of("http", "https").anyMatch(uri.getScheme()::equalsIgnoreCase)) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            // reported below, with what was expected
        }
        throw new StorageException(
                "cannot open " + folder + ": AWS_ENDPOINT_URL is '" + endpoint + "', expected http(s)://host[:port]");
    }

    private static Optional<String> first(Map<String, String> settings, String... names) {
        return Stream.of(names)
                .map(settings::get)
                .filter(value -> value != null && !value.isBlank())
                .findFirst();
    }

    private static StorageException missing(StorageUri folder, String name, String hint) {
        return new StorageException(
                Reason.INVALID, "cannot open " + folder + ": " + name + " is not set; " + hint, null);
    }
}
