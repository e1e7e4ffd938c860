package dev.evomerge.storage;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an object or a folder lies: {@code s3://bucket/prefix}, {@code gs://…}, {@code az://…}, {@code hf://…},
 * {@code file:///directory}, and on volumes of pods {@code pvc://claim/path} and {@code oci://registry/repository:tag/path}.
 *
 * @param scheme the kind of store, lower case
 * @param bucket the bucket or container, on the Hub the organisation, the claim, or the image with its tag or digest; empty for {@code file}
 * @param path   the path in it, without leading and trailing {@code /}; for {@code file} the absolute directory without its leading {@code /}
 */
public record StorageUri(String scheme, String bucket, String path) {

    /** The scheme of PersistentVolumeClaims. */
    public static final String CLAIM = "pvc";
    /** The scheme of images that are mounted as volumes. */
    public static final String IMAGE = "oci";

    /** Registry and repository, a tag or a digest, and a folder in the image. */
    private static final Pattern IMAGE_FOLDER =
            Pattern.compile("([^/@]+(?:/[^/:@]+)+(?::[^/:@]+|(?::[^/:@]+)?@sha256:[0-9a-f]{64}))(/.*)?");

    /**
     * Parses a URI.
     *
     * @throws StorageException if it has no known scheme or no bucket; the message says what was found and expected
     */
    public static StorageUri parse(String text) throws StorageException {
        int colon = text.indexOf("://");
        if (colon <= 0) {
            throw new StorageException("'" + text + "' is no storage URI: expected a scheme, as in s3://bucket/folder");
        }
        String scheme = text.substring(0, colon);
        String rest = text.substring(colon + 3);
        if (scheme.equals("file")) {
            if (!rest.startsWith("/")) {
                throw new StorageException("'" + text + "' is no absolute folder: expected file:///folder");
            }
            return new StorageUri(scheme, "", trim(rest));
        }
        if (scheme.equals(IMAGE)) {
            Matcher image = IMAGE_FOLDER.matcher(rest);
            if (!image.matches()) {
                throw new StorageException("'" + text + "' names no image with a tag or a digest: expected"
                        + " oci://registry/repository:tag/folder or oci://registry/repository@sha256:…/folder");
            }
            return new StorageUri(scheme, image.group(1), below(image.group(2) == null ? "" : image.group(2), text));
        }
        int slash = rest.indexOf('/');
        String bucket = slash < 0 ? rest : rest.substring(0, slash);
        if (bucket.isEmpty()) {
            throw new StorageException("'" + text + "' names no bucket: expected " + scheme + "://bucket/folder");
        }
        String path = slash < 0 ? "" : rest.substring(slash);
        return new StorageUri(scheme, bucket, scheme.equals(CLAIM) ? below(path, text) : trim(path));
    }

    /** A path on a volume, which must not lead out of it. */
    private static String below(String path, String text) throws StorageException {
        String trimmed = trim(path);
        try {
            return ObjectPath.checkPrefix(trimmed);
        } catch (IllegalArgumentException e) {
            throw new StorageException("'" + text + "' leads out of its volume: " + e.getMessage());
        }
    }

    /**
     * Where pods mount the volume that this lies on, relative to the folder of all volumes: {@code pvc/claim}, or {@code oci/} and the image
     * with {@code =} for {@code :} and {@code +} for {@code @}, which mount paths may not have. Empty if it is not on a volume.
     */
    public Optional<String> mountPoint() {
        return switch (scheme) {
            case CLAIM -> Optional.of(scheme + "/" + bucket);
            case IMAGE -> Optional.of(scheme + "/" + bucket.replace(':', '=').replace('@', '+'));
            default -> Optional.empty();
        };
    }

    /** The URI of a path below this one. */
    public StorageUri resolve(String below) {
        String tail = trim(below);
        return tail.isEmpty() ? this : new StorageUri(scheme, bucket, path.isEmpty() ? tail : path + "/" + tail);
    }

    /** The folder that this lies in: for {@code s3://b/a/m.json}, {@code s3://b/a}; for a bucket, the bucket itself. */
    public StorageUri parent() {
        return new StorageUri(scheme, bucket, path.substring(0, Math.max(0, path.lastIndexOf('/'))));
    }

    /** The last part of the path: for {@code s3://b/a/m.json}, {@code m.json}; for a bucket, empty. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public String toString() {
        return scheme + "://" + bucket + (path.isEmpty() ? "" : "/" + path);
    }

    private static String trim(String path) {
        int start = 0;
        int end = path.length();
        while (start < end && path.charAt(start) == '/') {
            start++;
        }
        while (end > start && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(start, end);
    }
}
