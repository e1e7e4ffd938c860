package dev.evomerge.storage;

/**
 * Where an object or a folder lies: {@code s3://bucket/prefix}, {@code gs://…}, {@code az://…}, {@code hf://…},
 * {@code file:///directory}.
 *
 * @param scheme the kind of store, lower case
 * @param bucket the bucket or container, or on the Hub the organisation; empty for {@code file}
 * @param path   the path in it, without leading and trailing {@code /}; for {@code file} the absolute directory without its leading {@code /}
 */
public record StorageUri(String scheme, String bucket, String path) {

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
        int slash = rest.indexOf('/');
        String bucket = slash < 0 ? rest : rest.substring(0, slash);
        if (bucket.isEmpty()) {
            throw new StorageException("'" + text + "' names no bucket: expected " + scheme + "://bucket/folder");
        }
        return new StorageUri(scheme, bucket, slash < 0 ? "" : trim(rest.substring(slash)));
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
