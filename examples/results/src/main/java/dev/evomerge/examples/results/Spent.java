package dev.evomerge.examples.results;

import dev.evomerge.contract.CandidateResult;

/**
 * What it took to find a merge.
 *
 * @param questions questions answered
 * @param tokens    tokens generated
 * @param seconds   CPU time of merging and answering with one thread: the wall time where it has a core to itself
 */
record Spent(long questions, long tokens, double seconds) {

    static final Spent NOTHING = new Spent(0, 0, 0);

    Spent plus(CandidateResult result) {
        var cost = result.cost();
        return new Spent(questions + cost.questions(), tokens + cost.generatedTokens(), seconds + cost.seconds());
    }

    Spent plus(Spent other) {
        return new Spent(questions + other.questions, tokens + other.tokens, seconds + other.seconds);
    }
}
