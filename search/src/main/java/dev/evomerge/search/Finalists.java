package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Archive.Entry;
import dev.evomerge.search.Archive.Origin;
import dev.evomerge.search.multi.Pareto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who is scored on unseen questions.
 *
 * @param searched  different recipes of the search, so many of each stage that a later stage's luck cannot hide what an earlier one found; the best
 *                  on the search questions first, with several objectives of the Pareto fronts
 * @param baselines those that could be scored; of the random search only its best
 */
record Finalists(List<Entry> searched, List<Entry> baselines) {

    static Finalists of(SearchSpec spec, Archive archive) {
        var seen = new HashSet<Recipe>();
        var ranked = archive.ranked(entry -> entry.origin() == Origin.SEARCH).stream()
                .filter(entry -> seen.add(entry.candidate().recipe()))
                .toList();
        var ofStages = IntStream.range(0, spec.stages().size())
                .mapToObj(OptionalInt::of)
                .map(stage -> ranked.stream()
                        .filter(entry -> entry.stage().equals(stage))
                        .toList())
                .flatMap(ofStage -> best(ofStage, spec.finalists(), archive).stream())
                .collect(Collectors.toSet());
        return new Finalists(
                best(ranked.stream().filter(ofStages::contains).toList(), ofStages.size(), archive),
                baselines(archive));
    }

    private static List<Entry> best(List<Entry> ranked, int count, Archive archive) {
        double[][] losses = ranked.stream()
                .map(entry -> archive.losses(entry.candidate().id(), Split.SEARCH))
                .toArray(double[][]::new);
        return losses.length == 0 || losses[0].length == 1
                ? ranked.stream().limit(count).toList()
                : Pareto.best(losses, count).stream().map(ranked::get).toList();
    }

    private static List<Entry> baselines(Archive archive) {
        var baselines = new ArrayList<>(archive.entries().stream()
                .filter(entry -> entry.origin() == Origin.BASELINE)
                .filter(entry -> entry.on(Split.SEARCH).isPresent())
                .toList());
        archive.greedySoup().filter(soup -> !baselines.contains(soup)).ifPresent(baselines::add);
        archive.ranked(entry -> entry.origin() == Origin.RANDOM_SEARCH).stream()
                .findFirst()
                .ifPresent(baselines::add);
        return baselines;
    }
}
