package dev.evomerge.search;

import dev.evomerge.search.Archive.Origin;
import dev.evomerge.search.SearchSpec.Baseline;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Brings the random search up to the number of candidates that the first stage scored in the end. */
final class RandomSearchPhase implements Phase {

    private final SearchSpec spec;
    private final Archive archive;
    private final int wanted;

    RandomSearchPhase(SearchSpec spec, Archive archive) {
        this.spec = spec;
        this.archive = archive;
        this.wanted = spec.baselines().contains(Baseline.RANDOM_SEARCH)
                ? archive.count(entry -> entry.stage().equals(OptionalInt.of(0)))
                : 0;
    }

    @Override
    public Optional<Batch> next(int number) {
        int have = archive.count(entry -> entry.origin() == Origin.RANDOM_SEARCH);
        if (have >= wanted) {
            return Optional.empty();
        }
        int to = Math.min(wanted, have + RandomSearch.LARGEST_BATCH);
        var candidates = new RandomSearch(spec).candidates(have, to);
        return Optional.of(new Batch(number, Batch.Kind.BASELINES, "", candidates, Set.of(Split.SEARCH)));
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        archive.add(batch, results, Origin.RANDOM_SEARCH, OptionalInt.empty());
    }
}
