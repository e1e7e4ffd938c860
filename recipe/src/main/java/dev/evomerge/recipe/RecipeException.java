package dev.evomerge.recipe;

/** A recipe that says something impossible; the message says what was found and what was expected. */
public final class RecipeException extends IllegalArgumentException {

    public RecipeException(String message) {
        super(message);
    }
}
