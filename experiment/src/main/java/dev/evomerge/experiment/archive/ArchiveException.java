package dev.evomerge.experiment.archive;

/** Something in an experiment's folder contradicts itself or the experiment; the message names the object. */
public final class ArchiveException extends Exception {

    private static final long serialVersionUID = 1L;

    public ArchiveException(String message) {
        super(message);
    }

    public ArchiveException(String message, Throwable cause) {
        super(message, cause);
    }
}
