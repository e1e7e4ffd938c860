package dev.evomerge.search;

import java.util.Optional;

/** A part of an experiment: batches until it has none left. */
interface Phase {

    /**
     * The next batch, or empty when the phase is over. Asking twice gives the same.
     *
     * @param number the number that the batch will have
     */
    Optional<Batch> next(int number);

    /** Takes the results of the batch that {@link #next} gives now. */
    void tell(Batch batch, BatchRecord results);
}
