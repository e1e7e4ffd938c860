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

    /** The share of questions answered right, 0 to 1; where the scorer names a language, right and in that language. */
    public static final String ACCURACY = "accuracy";

    /** The share of questions answered right in whatever language, 0 to 1; of tasks whose scorer names one. */
    public static final String ACCURACY_ANY_LANGUAGE = "accuracyAnyLanguage";

    /** The share of answers in the language that the scorer names, 0 to 1; of tasks whose scorer names one. */
    public static final String LANGUAGE_SHARE = "languageShare";

    /** The mean number of tokens generated per answer, an end-of-text token included. */
    public static final String OUTPUT_TOKENS = "outputTokens";

    /** What tasks measure. */
    public static final List<String> METRICS = List.of(ACCURACY, ACCURACY_ANY_LANGUAGE, LANGUAGE_SHARE, OUTPUT_TOKENS);

    private static final List<String> LANGUAGE_METRICS = List.of(ACCURACY_ANY_LANGUAGE, LANGUAGE_SHARE);

    /** What a task measures. */
    public static List<String> metrics(TaskSpec task) {
        return task.scorer().language().isPresent()
                ? METRICS
                : METRICS.stream()
                        .filter(metric -> !LANGUAGE_METRICS.contains(metric))
                        .toList();
    }
}
