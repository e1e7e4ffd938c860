package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Archive.Entry;
import dev.evomerge.search.Archive.Origin;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The last batch: the best of the search, and every baseline, on questions that the search never saw. */
final class FinalistPhase implements Phase {

    private final SearchSpec spec;
    private final Archive archive;
    private boolean over;

    FinalistPhase(SearchSpec spec, Archive archive) {
        this.spec = spec;
        this.archive = archive;
    }

    @Override
    public Optional<Batch> next(int number) {
        var unseen = EnumSet.copyOf(spec.splits());
        unseen.remove(Split.SEARCH);
        var finalists = best(archive, spec.finalists());
        if (over || unseen.isEmpty() || finalists.isEmpty()) {
            return Optional.empty();
        }
        var candidates = new ArrayList<Candidate>();
        finalists.forEach(entry -> candidates.add(entry.candidate()));
        baselines(archive).forEach(entry -> candidates.add(entry.candidate()));
        return Optional.of(new Batch(
                number, Batch.Kind.FINALISTS, "", candidates, unseen, Optional.empty(), archive.stageWinners()));
    }

    @Override
    public void tell(Batch batch, BatchRecord results) {
        archive.add(batch, results, Origin.SEARCH, OptionalInt.empty());
        over = true;
    }

    /** The best different recipes of the search by search score. */
    static List<Entry> best(Archive archive, int count) {
        var seen = new HashSet<Recipe>();
        return archive.ranked(entry -> entry.origin() == Origin.SEARCH).stream()
                .filter(entry -> seen.add(entry.candidate().recipe()))
                .limit(count)
                .toList();
    }

    /** The baselines that could be scored; of the random search only its best. */
    static List<Entry> baselines(Archive archive) {
        var baselines = new ArrayList<>(archive.entries().stream()
                .filter(entry -> entry.origin() == Origin.BASELINE)
                .filter(entry -> entry.on(Split.SEARCH).isPresent())
                .toList());
        archive.ranked(entry -> entry.origin() == Origin.RANDOM_SEARCH).stream()
                .findFirst()
                .ifPresent(baselines::add);
        return baselines;
    }
}
