package dev.evomerge.inference.model;

/** A model that this engine does not run, or a config.json that it cannot read; the message says what was found and what is expected. */
public final class UnsupportedModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UnsupportedModelException(String message) {
        super(message);
    }
}
