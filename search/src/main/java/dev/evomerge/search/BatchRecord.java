package dev.evomerge.search;

import java.util.List;
import java.util.Optional;

/**
 * The recorded results of one batch, in the order of its candidates.
 *
 * @param number      the batch
 * @param evaluations one per candidate
 * @param digest      of the batch that was recorded, as {@link Batch#digest} has it; empty if that is not known
 */
public record BatchRecord(int number, List<Evaluation> evaluations, Optional<String> digest) {

    public BatchRecord {
        evaluations = List.copyOf(evaluations);
    }

    /** A record that does not say how its candidates were made. */
    public BatchRecord(int number, List<Evaluation> evaluations) {
        this(number, evaluations, Optional.empty());
    }
}
