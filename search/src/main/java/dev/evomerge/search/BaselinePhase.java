package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Baseline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Batch 0: what the search must beat, and the first part of the random search. */
final class BaselinePhase implements Phase {

    private final Archive archive;
    private final Optional<Batch> batch;
    private final int fixed;
    private boolean over;

    BaselinePhase(SearchSpec spec, Archive archive, History history) {
        this.archive = archive;
        List<Candidate> candidates = new ArrayList<>(Baselines.fixed(spec));
        this.fixed = candidates.size();
        if (spec.baselines().contains(Baseline.RANDOM_SEARCH)) {
            var random = new RandomSearch(spec);
            // The budget may have grown since the batch was recorded; the record says how many there were then.
            int recorded = history.sizeOf(0, fixed + random.firstBatch(fixed));
            candidates.addAll(random.candidates(0, Math.max(0, recorded - fixed)));
        }
        this.batch = candidates.isEmpty()
                ? Optional.empty()
                : Optional.of(new Batch(0, Batch.Kind.BASELINES, "", candidates, Set.of(Split.SEARCH)));
    }

    @Override
    public Optional<Batch> next(int number) {
        return over ? Optional.empty() : batch;
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        for (int i = 0; i < batch.candidates().size(); i++) {
            archive.add(
                    batch.candidates().get(i),
                    results.evaluations().get(i).outcome(),
                    i < fixed ? Archive.Origin.BASELINE : Archive.Origin.RANDOM_SEARCH,
                    OptionalInt.empty());
        }
        over = true;
    }
}
