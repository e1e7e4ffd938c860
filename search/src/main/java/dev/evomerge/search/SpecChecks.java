package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.space.Encoding;
import java.util.HashSet;
import java.util.Optional;

/** Refuses what cannot be searched. */
final class SpecChecks {

    private SpecChecks() {}

    static void check(SearchSpec spec) {
        require(!spec.models().isEmpty(), "expected at least one model, found none");
        spec.models()
                .forEach((name, layers) ->
                        require(layers >= 1, "model '" + name + "' has " + layers + " layers, expected at least 1"));
        spec.base()
                .ifPresent(base -> require(
                        !spec.models().containsKey(base), "the base '" + base + "' is among the models as well"));
        require(!spec.objectives().isEmpty(), "expected at least one objective, found none");
        require(!spec.stages().isEmpty(), "expected at least one stage, found none");
        require(spec.finalists() >= 1, "finalists must be at least 1, found " + spec.finalists());
        require(spec.splits().contains(Split.SEARCH), "there must be search questions, found only " + spec.splits());
        var names = new HashSet<String>();
        for (Stage stage : spec.stages()) {
            require(names.add(stage.name()), "two stages are named '" + stage.name() + "'");
            checkStage(stage, spec);
        }
    }

    private static void checkStage(Stage stage, SearchSpec spec) {
        String where = "stage '" + stage.name() + "': ";
        try {
            checkAlgorithm(stage.algorithm());
            checkBudget(stage, Encoding.of(stage.space(), spec).dimension());
        } catch (SearchException e) {
            throw new SearchException(where + e.getMessage());
        }
    }

    private static void checkAlgorithm(Algorithm algorithm) {
        switch (algorithm) {
            case Algorithm.CmaEs(Optional<Double> sigma, Optional<Integer> population) -> {
                sigma.ifPresent(s -> require(s > 0 && s <= 1, "sigma must lie in (0, 1], found " + s));
                population.ifPresent(p -> require(p >= 2, "CMA-ES needs a population of at least 2, found " + p));
            }
            case Algorithm.RandomSearch(int population) ->
                require(population >= 1, "the population must be at least 1, found " + population);
        }
    }

    private static void checkBudget(Stage stage, int dimension) {
        var budget = stage.budget();
        require(
                budget.evaluations().isPresent() || budget.generations().isPresent(),
                "the budget needs evaluations, generations or both, found neither");
        budget.generations().ifPresent(g -> require(g >= 1, "generations must be at least 1, found " + g));
        int population = Strategies.populationSize(stage.algorithm(), dimension);
        budget.evaluations()
                .ifPresent(e -> require(
                        e >= population,
                        "evaluations must be enough for one generation of " + population + ", found " + e));
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new SearchException(message);
        }
    }
}
