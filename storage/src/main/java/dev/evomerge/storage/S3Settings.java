package dev.evomerge.storage;

import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.apache.opendal.ServiceConfig;

/** From the names that users know, {@code AWS_…}, to an open bucket. */
final class S3Settings {

    private static final String REGION_OF_OTHER_STORES =
            "us-east-1"; // what servers that have no regions expect in a signature

    private S3Settings() {}

    static Storage open(StorageUri folder, StorageAccess access) throws StorageException {
        Optional<String> endpoint = access.endpoint(folder, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
        Optional<SSLContext> trusted = endpoint.isPresent() && endpoint.get().startsWith("https:")
                ? TrustedCertificates.of(folder, access)
                : Optional.empty();
        return trusted.isEmpty()
                ? ObjectStorage.open(folder, config(folder, access, endpoint), () -> {})
                : openThroughTunnel(folder, access, endpoint.orElseThrow(), trusted.get());
    }

    private static Storage openThroughTunnel(
            StorageUri folder, StorageAccess access, String endpoint, SSLContext trusted) throws StorageException {
        if (virtualHost(folder, access, Optional.of(endpoint))) {
            throw new StorageException("cannot open " + folder
                    + ": AWS_VIRTUAL_HOSTED_STYLE_REQUEST does not go with certificates of one's own; leave it out");
        }
        try {
            TlsTunnel tunnel = new TlsTunnel(endpoint, trusted);
            return ObjectStorage.open(folder, config(folder, access, Optional.of(tunnel.endpoint())), tunnel::close);
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("cannot open " + folder + ": no local port for its tunnel", e);
        }
    }

    private static ServiceConfig.S3 config(StorageUri folder, StorageAccess access, Optional<String> endpoint)
            throws StorageException {
        ServiceConfig.S3.S3Builder config = ServiceConfig.S3
                .builder()
                .bucket(folder.bucket())
                .root("/" + folder.path())
                .region(region(folder, access, endpoint))
                .enableVirtualHostStyle(virtualHost(folder, access, endpoint))
                .disableEc2Metadata(true);
        endpoint.ifPresent(config::endpoint);
        authenticate(folder, access, config);
        return config.build();
    }

    /**
     * Keys, or a pod's own identity by a token file, or none for public buckets. Only with a token file does the library look at this
     * process's environment: else the settings given here would not be the whole truth.
     */
    private static void authenticate(StorageUri folder, StorageAccess access, ServiceConfig.S3.S3Builder config)
            throws StorageException {
        Optional<String> key = access.first("AWS_ACCESS_KEY_ID");
        Optional<String> secret = access.first("AWS_SECRET_ACCESS_KEY");
        if (key.isPresent() && secret.isPresent()) {
            config.disableConfigLoad(true).accessKeyId(key.get()).secretAccessKey(secret.get());
            access.first("AWS_SESSION_TOKEN").ifPresent(config::sessionToken);
        } else if (key.isPresent() || secret.isPresent()) {
            throw StorageAccess.missing(
                    folder,
                    key.isPresent() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                    "it goes with the other half of the key");
        } else if (access.isTrue("AWS_SKIP_SIGNATURE")) {
            config.disableConfigLoad(true).allowAnonymous(true);
        } else if (access.first("AWS_WEB_IDENTITY_TOKEN_FILE").isPresent()
                && access.first("AWS_ROLE_ARN").isPresent()) {
            config.disableConfigLoad(false);
        } else {
            throw StorageAccess.missing(
                    folder,
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                    "or, for a pod's own identity, AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or, for a public bucket, AWS_SKIP_SIGNATURE=true");
        }
    }

    private static String region(StorageUri folder, StorageAccess access, Optional<String> endpoint)
            throws StorageException {
        Optional<String> region = access.first("AWS_REGION", "AWS_DEFAULT_REGION");
        if (region.isEmpty() && endpoint.isEmpty()) {
            throw StorageAccess.missing(folder, "AWS_REGION", "or, for a store outside AWS, AWS_ENDPOINT_URL");
        }
        return region.orElse(REGION_OF_OTHER_STORES);
    }

    /** AWS names the bucket in the host, most other servers in the path; a dot in the bucket's name breaks the host's certificate. */
    private static boolean virtualHost(StorageUri folder, StorageAccess access, Optional<String> endpoint) {
        return access.first("AWS_VIRTUAL_HOSTED_STYLE_REQUEST")
                .map(Boolean::parseBoolean)
                .orElse(endpoint.isEmpty() && !folder.bucket().contains("."));
    }
}
