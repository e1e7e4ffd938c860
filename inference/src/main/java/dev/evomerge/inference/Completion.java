package dev.evomerge.inference;

import java.util.List;

/**
 * An answer.
 *
 * @param text         without special tokens and without the stop string
 * @param tokens       all that was generated, an end-of-text token included
 * @param promptTokens the length of the prompt
 * @param finish       why it ended
 */
public record Completion(String text, List<Integer> tokens, int promptTokens, Finish finish) {

    /** Why an answer ended. */
    public enum Finish {
        /** An end-of-text token. */
        END_OF_TEXT,
        /** A stop string. */
        STOP,
        /** The limit of new tokens, or the model's context was full. */
        LENGTH,
        /** Nothing was generated: the prompt leaves no room in the model's context. */
        PROMPT_TOO_LONG
    }

    public Completion {
        tokens = List.copyOf(tokens);
    }
}
