package dev.evomerge.examples.results;

import dev.evomerge.contract.CandidateResult;

/** Reads results of one task. */
final class Answers {

    private Answers() {}

    /** Right (1) or wrong (0), question by question. */
    static double[] items(CandidateResult result) {
        String outcomes = result.tasks().values().iterator().next().outcomes();
        return outcomes.chars().mapToDouble(outcome -> outcome - '0').toArray();
    }
}
