package dev.evomerge.inference;

/** A candidate that cannot be scored; the message says why. */
public sealed class InferenceException extends RuntimeException permits NonFiniteLogitsException {

    private static final long serialVersionUID = 1L;

    InferenceException(String message) {
        super(message);
    }
}
