package dev.evomerge.search;

import dev.evomerge.search.Archive.Entry;
import dev.evomerge.search.Archive.Origin;
import dev.evomerge.search.Step.Comparison;
import dev.evomerge.search.Step.FrontMember;
import dev.evomerge.search.Step.Interval;
import dev.evomerge.search.Step.Standing;
import dev.evomerge.search.multi.Pareto;
import dev.evomerge.search.stats.Intervals;
import dev.evomerge.search.stats.Paired;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the experiment ends with, once every phase is over. */
final class Conclusion {

    private final SearchSpec spec;
    private final Archive archive;
    private final Finalists finalists;
    private final Split chosenOn;

    Conclusion(SearchSpec spec, Archive archive) {
        this.spec = spec;
        this.archive = archive;
        this.finalists = Finalists.of(spec, archive);
        this.chosenOn = spec.splits().contains(Split.SELECTION) ? Split.SELECTION : Split.SEARCH;
    }

    Step step() {
        if (finalists.searched().isEmpty()) {
            return new Step.Failed("none of the " + archive.count(entry -> entry.origin() == Origin.SEARCH)
                    + " candidates of the search could be scored");
        }
        List<Entry> scored = finalists.searched().stream()
                .filter(entry -> entry.on(chosenOn).isPresent())
                .toList();
        if (scored.isEmpty()) {
            return new Step.Failed("none of the " + finalists.searched().size() + " finalists could be scored on the "
                    + chosenOn.key() + " questions");
        }
        List<Entry> front = front(scored);
        Entry winner = spec.objectives().size() == 1
                ? scored.stream()
                        .min(Comparator.comparingDouble(entry -> archive.loss(entry, chosenOn)))
                        .orElseThrow()
                : balanced(front);
        return new Step.Finished(
                winner.candidate(),
                archive.stageWinners(),
                table(scored.size()),
                versus(winner),
                spec.objectives().size() == 1
                        ? List.of()
                        : front.stream().map(this::member).toList(),
                stop());
    }

    private List<Entry> front(List<Entry> scored) {
        return Pareto.fronts(losses(scored)).getFirst().stream()
                .map(scored::get)
                .toList();
    }

    /** The default pick of a front: nearest to the best of each objective, in units of the front's ranges. */
    private Entry balanced(List<Entry> front) {
        double[][] losses = losses(front);
        double[] distances = new double[losses.length];
        for (int m = 0; m < spec.objectives().size(); m++) {
            int objective = m;
            var range = Arrays.stream(losses).mapToDouble(row -> row[objective]).summaryStatistics();
            double width = range.getMax() - range.getMin();
            for (int i = 0; i < losses.length && width > 0; i++) {
                double share = (losses[i][m] - range.getMin()) / width;
                distances[i] += share * share;
            }
        }
        return IntStream.range(0, distances.length)
                .boxed()
                .min(Comparator.comparingDouble(i -> distances[i]))
                .map(front::get)
                .orElseThrow();
    }

    private double[][] losses(List<Entry> entries) {
        return entries.stream()
                .map(entry -> archive.losses(entry.candidate().id(), chosenOn))
                .toArray(double[][]::new);
    }

    private FrontMember member(Entry entry) {
        double[] objectives = entry.on(chosenOn).orElseThrow().objectives();
        return new FrontMember(
                entry.candidate(), Arrays.stream(objectives).boxed().toList());
    }

    /** The winner against the best source and the best of all baselines, as the questions of the choice have it. */
    private List<Comparison> versus(Entry winner) {
        var baselines = finalists.baselines().stream()
                .sorted(Comparator.comparingDouble(entry -> archive.loss(entry, chosenOn)))
                .toList();
        Optional<Entry> source = baselines.stream()
                .filter(entry -> entry.candidate().id().startsWith(Baselines.SOURCE_PREFIX))
                .findFirst();
        return Stream.concat(source.stream(), baselines.stream().limit(1))
                .distinct()
                .flatMap(other -> comparison(winner, other).stream())
                .toList();
    }

    private static Optional<Comparison> comparison(Entry winner, Entry other) {
        return winner.on(Split.TEST)
                .flatMap(ours -> other.on(Split.TEST).flatMap(theirs -> Paired.of(ours.items(), theirs.items())))
                .map(paired -> new Comparison(
                        other.candidate().id(), paired.difference(), paired.interval(), paired.pValue()));
    }

    private List<Standing> table(int chosenAmong) {
        var shown = new ArrayList<>(finalists.searched());
        shown.addAll(finalists.baselines());
        archive.entries().stream()
                .filter(entry -> entry.origin() == Origin.BASELINE && !shown.contains(entry))
                .forEach(shown::add);
        return shown.stream()
                .sorted(Comparator.comparingDouble(entry -> archive.loss(entry, chosenOn)))
                .map(entry -> new Standing(
                        entry.candidate(),
                        score(entry, Split.SEARCH),
                        score(entry, Split.SELECTION),
                        score(entry, Split.TEST),
                        interval(entry, chosenAmong)))
                .toList();
    }

    /** Test scores were never chosen on. Without them, a finalist's selection score needs an interval that allows for the choice. */
    private Optional<Interval> interval(Entry entry, int chosenAmong) {
        if (spec.splits().contains(Split.TEST)) {
            return entry.on(Split.TEST).flatMap(scores -> Intervals.ofMean(scores.items()));
        }
        int among = finalists.searched().contains(entry) ? chosenAmong : 1;
        return entry.on(Split.SELECTION).flatMap(scores -> Intervals.ofBest(scores.items(), among));
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
