package dev.evomerge.storage;

/**
 * What a URI names on the Hub: {@code hf://organisation/model@revision/folder}, or {@code hf://datasets/organisation/name@revision/folder}.
 *
 * @param dataset  whether it is a repository of data
 * @param name     organisation and name
 * @param revision a branch, a tag or a commit; {@code main} where the URI has none
 * @param folder   the folder in it, empty or ending with {@code /}
 */
record HuggingFaceRepository(boolean dataset, String name, String revision, String folder) {

    private static final String DATASETS = "datasets";

    static HuggingFaceRepository of(StorageUri uri) throws StorageException {
        boolean dataset = uri.bucket().equals(DATASETS);
        String[] parts = ((dataset ? "" : uri.bucket() + "/") + uri.path()).split("/", 3);
        if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            throw new StorageException("'" + uri + "' names no repository: expected hf://organisation/model@revision");
        }
        int at = parts[1].indexOf('@');
        String name = at < 0 ? parts[1] : parts[1].substring(0, at);
        // A branch may have slashes in its name; in a URI they are escaped.
        String revision = at < 0 ? "main" : parts[1].substring(at + 1).replace("%2F", "/");
        if (name.isEmpty() || revision.isEmpty()) {
            throw new StorageException("'" + uri + "' names no " + (name.isEmpty() ? "model" : "revision")
                    + ": expected hf://organisation/model@revision");
        }
        return new HuggingFaceRepository(
                dataset, parts[0] + "/" + name, revision, parts.length < 3 ? "" : parts[2] + "/");
    }

    /** A path in the repository. */
    String path(String below) {
        return folder + below;
    }

    /** Where a file is downloaded from, relative to the endpoint. */
    String file(String below) {
        return (dataset ? DATASETS + "/" : "") + HuggingFaceStorage.escape(name) + "/resolve/" + escapedRevision() + "/"
                + HuggingFaceStorage.escape(path(below));
    }

    /** Where the files below a path are listed, relative to the endpoint. */
    String tree(String path) {
        String tree = "api/" + (dataset ? DATASETS : "models") + "/" + HuggingFaceStorage.escape(name) + "/tree/"
                + escapedRevision();
        return path.isEmpty() ? tree : tree + "/" + HuggingFaceStorage.escape(path.substring(0, path.length() - 1));
    }

    private String escapedRevision() {
        return HuggingFaceStorage.escape(revision).replace("/", "%2F");
    }
}
