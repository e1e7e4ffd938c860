package dev.evomerge.search;

import java.util.List;

/**
 * The recorded results of one batch, in the order of its candidates.
 *
 * @param number      the batch
 * @param evaluations one per candidate
 */
public record BatchRecord(int number, List<Evaluation> evaluations) {

    public BatchRecord {
        evaluations = List.copyOf(evaluations);
    }
}
