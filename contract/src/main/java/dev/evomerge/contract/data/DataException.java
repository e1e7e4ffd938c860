package dev.evomerge.contract.data;

/** A data set that cannot be used; the message names its URI, and the line where there is one. */
public final class DataException extends Exception {

    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }
}
