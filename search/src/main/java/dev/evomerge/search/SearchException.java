package dev.evomerge.search;

/** A specification that cannot be searched or a history that does not fit it; the message says what was found and expected. */
public final class SearchException extends IllegalArgumentException {

    public SearchException(String message) {
        super(message);
    }
}
