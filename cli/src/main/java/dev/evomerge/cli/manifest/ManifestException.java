package dev.evomerge.cli.manifest;

/** A file that holds no MergeExperiment that could be used; the message says what was found, what was expected and where. */
public final class ManifestException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    ManifestException(String message) {
        super(message);
    }
}
