package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Step;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The merge that a report is about, and the merges that it is made from.
 *
 * @param candidate the winner, or the best so far
 * @param over      whether it is the winner
 * @param parts     winners of earlier stages that its recipe names, and how to make them
 */
record Composition(Candidate candidate, boolean over, SortedMap<String, Recipe> parts) {

    /** The winner, or while the search runs the best so far; empty if nothing has been bred and scored. */
    static Optional<Composition> of(ExperimentFacts facts, Results results) {
        if (facts.next() instanceof Step.Finished finished) {
            return Optional.of(new Composition(finished.winner(), true, finished.models()).withNamedParts());
        }
        var models = facts.history().isEmpty()
                ? new TreeMap<String, Recipe>()
                : facts.history().getLast().batch().models();
        return results.best().map(best -> new Composition(best.candidate(), false, models).withNamedParts());
    }

    /** Only the parts that the recipe names, and those that they name. */
    private Composition withNamedParts() {
        var named = new TreeMap<String, Recipe>();
        addNamed(candidate.recipe(), named);
        return new Composition(candidate, over, named);
    }

    private void addNamed(Recipe recipe, SortedMap<String, Recipe> named) {
        recipe.models().stream()
                .filter(parts::containsKey)
                .filter(model -> named.put(model, parts.get(model)) == null)
                .forEach(model -> addNamed(parts.get(model), named));
    }

    /** What the merge is called in a sentence. */
    String called() {
        return over ? "the winner" : "the best so far";
    }

    /** All recipes by what they are called, the merge itself first. */
    Map<String, Recipe> recipes() {
        var all = new LinkedHashMap<String, Recipe>();
        all.put(called(), candidate.recipe());
        all.putAll(parts);
        return all;
    }

    Html pictures(ExperimentFacts facts) {
        return Stream.of(
                        html(
                                "<p>{} is <code>{}</code>{}.</p>\n",
                                Words.capital(called()),
                                candidate.id(),
                                parts.isEmpty()
                                        ? Html.NOTHING
                                        : html(
                                                ", made from {}",
                                                Words.list(parts.keySet().stream()
                                                        .map(part -> part + " (below)")
                                                        .toList()))),
                        recipes().entrySet().stream()
                                .map(entry -> picture(
                                        "composition-"
                                                + recipes().keySet().stream()
                                                        .toList()
                                                        .indexOf(entry.getKey()),
                                        entry.getKey(),
                                        entry.getValue(),
                                        facts.spec().models()))
                                .collect(joined()))
                .collect(joined());
    }

    private static Html picture(String id, String of, Recipe recipe, Map<String, Integer> layers) {
        return switch (recipe) {
            case WeightMerge merge -> HeatMap.figure(id, of, merge, layers);
            case LayerPath path -> PathDrawing.figure(id, of, path);
        };
    }
}
