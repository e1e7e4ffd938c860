package dev.evomerge.storage;

import java.io.IOException;

/** Storage that cannot be reached, refuses, or does not hold what was asked for; the message names the URI and what to do. */
public class StorageException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What went wrong, for programs. */
    public enum Reason {
        /** The URI or a setting is wrong or missing. */
        INVALID,
        /** The object does not exist, or ends before the bytes asked for. */
        NOT_FOUND,
        /** The bucket or container does not exist. */
        NO_BUCKET,
        /** The credentials are wrong, or do not allow this. */
        DENIED,
        /** No answer, or none in time; trying again later may help. */
        UNREACHABLE,
        /** Anything else that the store said. */
        OTHER
    }

    private final Reason reason;

    public StorageException(String message) {
        this(Reason.INVALID, message, null);
    }

    public StorageException(String message, Throwable cause) {
        this(Reason.OTHER, message, cause);
    }

    public StorageException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
