package dev.evomerge.contract;

import java.util.List;

/**
 * A number to report as fitness.
 *
 * @param name   the objective's name
 * @param task   the key of the task that it is measured on, {@code name/split}
 * @param metric which of the task's metrics, one of {@link #METRICS}
 */
public record ObjectiveSpec(String name, String task, String metric) {

    /** The share of questions answered right, 0 to 1. */
    public static final String ACCURACY = "accuracy";

    /** The mean number of tokens generated per answer, an end-of-text token included. */
    public static final String OUTPUT_TOKENS = "outputTokens";

    /** What every task measures. */
    public static final List<String> METRICS = List.of(ACCURACY, OUTPUT_TOKENS);
}
