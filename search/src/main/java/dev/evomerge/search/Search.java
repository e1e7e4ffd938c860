package dev.evomerge.search;

import java.util.List;

/** An experiment's search, decided anew from its whole history each time. */
public final class Search {

    private final SearchSpec spec;

    /**
     * @throws SearchException if the specification cannot be searched; the message says what was found and expected
     */
    public Search(SearchSpec spec) {
        this.spec = spec;
    }

    /**
     * The next step after these results.
     *
     * @param history the records of batches 0, 1, 2, … without a gap
     * @throws SearchException if the history does not fit the specification; the message names the record
     */
    public Step next(List<BatchRecord> history) {
        throw new SearchException("no search for " + spec.stages());
    }
}
