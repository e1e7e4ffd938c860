package dev.evomerge.search;

import dev.evomerge.search.Archive.Entry;
import dev.evomerge.search.Archive.Origin;
import dev.evomerge.search.Step.Standing;
import dev.evomerge.search.stats.Intervals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the experiment ends with, once every phase is over. */
final class Conclusion {

    private final SearchSpec spec;
    private final Archive archive;

    Conclusion(SearchSpec spec, Archive archive) {
        this.spec = spec;
        this.archive = archive;
    }

    Step step() {
        List<Entry> finalists = FinalistPhase.best(archive, spec.finalists());
        if (finalists.isEmpty()) {
            return new Step.Failed("none of the " + archive.count(entry -> entry.origin() == Origin.SEARCH)
                    + " candidates of the search could be scored");
        }
        Split chosenOn = spec.splits().contains(Split.SELECTION) ? Split.SELECTION : Split.SEARCH;
        Optional<Entry> winner = finalists.stream()
                .filter(entry -> entry.on(chosenOn).isPresent())
                .min(Comparator.comparingDouble(entry -> archive.loss(entry, chosenOn)));
        if (winner.isEmpty()) {
            return new Step.Failed("none of the " + finalists.size() + " finalists could be scored on the "
                    + chosenOn.key() + " questions");
        }
        return new Step.Finished(winner.get().candidate(), archive.stageWinners(), table(finalists, chosenOn), stop());
    }

    private List<Standing> table(List<Entry> finalists, Split chosenOn) {
        var shown = new ArrayList<>(finalists);
        shown.addAll(FinalistPhase.baselines(archive));
        archive.entries().stream()
                .filter(entry -> entry.origin() == Origin.BASELINE && !shown.contains(entry))
                .forEach(shown::add);
        return shown.stream()
                .sorted(Comparator.comparingDouble(entry -> archive.loss(entry, chosenOn)))
                .map(Conclusion::standing)
                .toList();
    }

    private static Standing standing(Entry entry) {
        return new Standing(
                entry.candidate(),
                score(entry, Split.SEARCH),
                score(entry, Split.SELECTION),
                score(entry, Split.TEST),
                entry.on(Split.TEST).flatMap(scores -> Intervals.ofMean(scores.items())));
    }

    private static Optional<Double> score(Entry entry, Split split) {
        return entry.on(split).map(scores -> scores.objectives()[0]);
    }

    private String stop() {
        return spec.stages().size() == 1
                ? archive.stops().getFirst()
                : IntStream.range(0, spec.stages().size())
                        .mapToObj(i -> spec.stages().get(i).name() + ": "
                                + archive.stops().get(i))
                        .collect(Collectors.joining("; "));
    }
}
