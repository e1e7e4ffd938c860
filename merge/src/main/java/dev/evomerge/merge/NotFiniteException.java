package dev.evomerge.merge;

/** A source that holds infinities or not-a-numbers, which no merge can mend. */
public final class NotFiniteException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    NotFiniteException(String model, String tensor, long count, long elements) {
        super(model + ": " + tensor + ": found " + count + " of " + elements
                + " elements that are infinite or not a number, expected finite ones");
    }
}
