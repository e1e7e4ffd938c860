package dev.evomerge.experiment;

/**
 * Why an experiment does not go on.
 *
 * @param reason  in one word
 * @param message what was found, what was expected, where
 */
public record Trouble(Reason reason, String message) {}
