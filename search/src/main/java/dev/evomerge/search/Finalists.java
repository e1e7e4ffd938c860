package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Archive.Entry;
import dev.evomerge.search.Archive.Origin;
import dev.evomerge.search.multi.Pareto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Who is scored on unseen questions.
 *
 * @param searched  different recipes of the search, the best on the search questions first; with several objectives, of its Pareto fronts
 * @param baselines those that could be scored; of the random search only its best
 */
record Finalists(List<Entry> searched, List<Entry> baselines) {

    static Finalists of(SearchSpec spec, Archive archive) {
        var seen = new HashSet<Recipe>();
        var ranked = archive.ranked(entry -> entry.origin() == Origin.SEARCH).stream()
                .filter(entry -> seen.add(entry.candidate().recipe()))
                .toList();
        var best = spec.objectives().size() == 1 ? ranked : byFronts(ranked, archive, spec.finalists());
        return new Finalists(best.stream().limit(spec.finalists()).toList(), baselines(archive));
    }

    private static List<Entry> byFronts(List<Entry> ranked, Archive archive, int count) {
        double[][] losses = ranked.stream()
                .map(entry -> archive.losses(entry.candidate().id(), Split.SEARCH))
                .toArray(double[][]::new);
        return Pareto.best(losses, count).stream().map(ranked::get).toList();
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
