package dev.evomerge.search;

import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.SearchSpec.Baseline;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.SearchSpec.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Specifications and landscapes that tests share. */
final class Specs {

    static final Space.ParameterSpace TASK_ARITHMETIC = space(MergeMethod.TASK_ARITHMETIC, Optional.empty());

    private Specs() {}

    static Space.ParameterSpace space(MergeMethod method, Optional<Integer> layersPerGroup) {
        return new Space.ParameterSpace(
                method,
                List.of("japanese", "maths"),
                layersPerGroup,
                new Space.Bounds(0, 1.5),
                new Space.Bounds(0.1, 1),
                false);
    }

    static Algorithm cmaEs() {
        return new Algorithm.CmaEs(Optional.empty(), Optional.empty());
    }

    static Budget evaluations(int limit) {
        return new Budget(Optional.of(limit), Optional.empty());
    }

    static SearchSpec spec(Space space, Algorithm algorithm, Budget budget) {
        return new SearchSpec(
                42,
                new TreeMap<>(Map.of("japanese", 4, "maths", 4)),
                Optional.of("base"),
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(Baseline.values()),
                List.of(new Stage("weights", space, algorithm, budget)),
                3);
    }

    static SearchSpec withStages(SearchSpec spec, Stage... stages) {
        return new SearchSpec(
                spec.seed(),
                spec.models(),
                spec.base(),
                spec.objectives(),
                spec.baselines(),
                List.of(stages),
                spec.finalists());
    }

    static SearchSpec withSplits(SearchSpec spec, Split... splits) {
        return new SearchSpec(
                spec.seed(),
                spec.models(),
                spec.base(),
                spec.objectives(),
                spec.baselines(),
                spec.stages(),
                spec.finalists(),
                Set.of(splits));
    }

    /** 1 minus the squared distance of all weights from (0.9, 0.4). */
    static double quadratic(Recipe recipe) {
        double score = 1;
        for (double[] pair : weights(recipe)) {
            score -= (pair[0] - 0.9) * (pair[0] - 0.9) + (pair[1] - 0.4) * (pair[1] - 0.4);
        }
        return score;
    }

    /** Per slice the weights of both models; 0 where a model does not take part. */
    static List<double[]> weights(Recipe recipe) {
        var all = new ArrayList<double[]>();
        for (var slice : ((WeightMerge) recipe).slices()) {
            double[] pair = new double[2];
            for (var source : slice.sources()) {
                int index = List.of("japanese", "maths").indexOf(source.model());
                if (index >= 0) {
                    pair[index] = ((Parameter.Constant) source.parameters().get("weight")).value();
                }
            }
            all.add(pair);
        }
        return all;
    }
}
