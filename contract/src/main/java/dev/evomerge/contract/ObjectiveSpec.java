package dev.evomerge.contract;

/**
 * A number to report as fitness.
 *
 * @param name   the objective's name
 * @param task   the key of the task that it is measured on, {@code name/split}
 * @param metric which of the task's metrics: {@code accuracy} (0–1) or {@code outputTokens} (mean per answer)
 */
public record ObjectiveSpec(String name, String task, String metric) {}
