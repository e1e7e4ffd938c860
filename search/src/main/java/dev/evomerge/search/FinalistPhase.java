package dev.evomerge.search;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;

/** The last batch: the best of the search, and every baseline, on questions that the search never saw. */
final class FinalistPhase implements Phase {

    private final SearchSpec spec;
    private final Archive archive;
    private final Finalists finalists;
    private boolean over;

    FinalistPhase(SearchSpec spec, Archive archive) {
        this.spec = spec;
        this.archive = archive;
        this.finalists = Finalists.of(spec, archive);
    }

    @Override
    public Optional<Batch> next(int number) {
        var unseen = EnumSet.copyOf(spec.splits());
        unseen.remove(Split.SEARCH);
        if (over || unseen.isEmpty() || finalists.searched().isEmpty()) {
            return Optional.empty();
        }
        var candidates = new ArrayList<Candidate>();
        finalists.searched().forEach(entry -> candidates.add(entry.candidate()));
        finalists.baselines().forEach(entry -> candidates.add(entry.candidate()));
        return Optional.of(new Batch(
                number, Batch.Kind.FINALISTS, "", candidates, unseen, Optional.empty(), archive.stageWinners()));
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        archive.add(batch, results, Archive.Origin.SEARCH, OptionalInt.empty());
        over = true;
    }
}
