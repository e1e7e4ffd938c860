package dev.evomerge.examples.results;

import dev.evomerge.contract.data.DataException;
import dev.evomerge.recipe.Parameter.Constant;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Pictures of the search questions' scores over the weights of both specialists. */
final class Landscape {

    private static final double[] WEIGHTS =
            IntStream.rangeClosed(0, 12).mapToDouble(i -> i / 8.0).toArray();

    private final CaseStudy study;
    private final Lab lab;

    Landscape(CaseStudy study, Lab lab) {
        this.study = study;
        this.lab = lab;
    }

    /** Over one weight per specialist, from 0 to 1.5. */
    String ofWeights() throws IOException, DataException {
        return draw(Study.sum(study), "weight of %s");
    }

    /** Around a merge: its weights of each specialist are multiplied by 0 to 1.5, so that it lies at 1, 1 itself. */
    String around(WeightMerge winner) throws IOException, DataException {
        return draw(winner, "times the winning weights of %s");
    }

    private String draw(WeightMerge centre, String axis) throws IOException, DataException {
        var grid = new ArrayList<Recipe>();
        for (double skill : WEIGHTS) {
            for (double language : WEIGHTS) {
                grid.add(scaled(centre, Map.of(study.skill(), skill, study.language(), language)));
            }
        }
        var results = lab.ask("search", grid, Map.of());
        var percent = new double[WEIGHTS.length][WEIGHTS.length];
        for (int i = 0; i < results.size(); i++) {
            percent[i / WEIGHTS.length][i % WEIGHTS.length] =
                    100 * results.get(i).fitness().getFirst();
        }
        return Heatmap.svg(axis.formatted(study.skill()), axis.formatted(study.language()), WEIGHTS, percent);
    }

    private static WeightMerge scaled(WeightMerge merge, Map<String, Double> factors) {
        List<Slice> slices = merge.slices().stream()
                .map(slice -> new Slice(
                        slice.sources().stream()
                                .map(source -> scaled(source, factors.getOrDefault(source.model(), 1.0)))
                                .toList(),
                        slice.parameters()))
                .toList();
        return new WeightMerge(
                merge.method(),
                merge.base(),
                slices,
                merge.parameters(),
                merge.rescale(),
                merge.dtype(),
                merge.tokenizer(),
                merge.chatTemplate(),
                merge.seed());
    }

    private static Source scaled(Source source, double factor) {
        var parameters = new HashMap<>(source.parameters());
        parameters.computeIfPresent("weight", (name, weight) -> new Constant(factor * ((Constant) weight).value()));
        return new Source(source.model(), source.layers(), parameters);
    }
}
