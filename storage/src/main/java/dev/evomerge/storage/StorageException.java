package dev.evomerge.storage;

import java.io.IOException;

/** Storage that cannot be reached, refuses, or does not hold what was asked for; the message names the URI. */
public class StorageException extends IOException {

    private static final long serialVersionUID = 1L;

    public StorageException(String message) {
        super(message);
    }

    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
