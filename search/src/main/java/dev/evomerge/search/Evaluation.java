package dev.evomerge.search;

import java.util.Map;

/** What is known of a candidate after its batch. */
public record Evaluation(String candidate, Outcome outcome) {

    /** Scored or failed; a failed candidate ranks below every scored one and never stops the search. */
    public sealed interface Outcome permits Scored, Failed {}

    /** Scores per split that was asked. */
    public record Scored(Map<Split, Scores> splits) implements Outcome {
        public Scored {
            splits = Map.copyOf(splits);
        }
    }

    /** No score, and why: a reason of the evaluator contract. */
    public record Failed(String reason) implements Outcome {}

    /**
     * Scores on one question set.
     *
     * @param objectives one value per objective of the specification, in order and as measured (not negated)
     * @param items      the first objective's value on each question in the order of the data set; NaN where not asked; empty if the objective
     *                   is no mean over questions
     */
    public record Scores(double[] objectives, double[] items) {}
}
