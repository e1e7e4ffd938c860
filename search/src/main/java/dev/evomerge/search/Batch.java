package dev.evomerge.search;

import java.util.List;
import java.util.Set;

/**
 * Candidates that are scored together, on the same questions.
 *
 * @param number     counts the batches of an experiment from 0
 * @param kind       what they are for
 * @param stage      the stage that asked, or empty for baselines and finalists of the whole experiment
 * @param candidates in order; at least one
 * @param splits     the question sets that they are asked
 */
public record Batch(int number, Kind kind, String stage, List<Candidate> candidates, Set<Split> splits) {

    /** What a batch is for. */
    public enum Kind {
        /** Sources, soups, fixed recipes, random search: what the search must beat. */
        BASELINES,
        /** One generation of a stage's optimizer. */
        GENERATION,
        /** The best candidates and baselines on unseen questions. */
        FINALISTS
    }

    public Batch {
        candidates = List.copyOf(candidates);
        splits = Set.copyOf(splits);
    }
}
