package dev.evomerge.contract.data;

import java.util.Map;

/**
 * A line of a data set.
 *
 * @param columns its columns by name, {@value #QUESTION} and {@value #ANSWER} among them
 */
public record Question(Map<String, String> columns) {

    static final String QUESTION = "question";
    static final String ANSWER = "answer";

    public Question {
        columns = Map.copyOf(columns);
    }

    public String question() {
        return columns.get(QUESTION);
    }

    /** The expected answer. */
    public String answer() {
        return columns.get(ANSWER);
    }
}
