package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Baseline;
import dev.evomerge.search.SearchSpec.Stage;
import java.util.HashSet;

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
        require(
                !spec.baselines().contains(Baseline.GREEDY_SOUP)
                        || spec.baselines().contains(Baseline.SOURCES),
                "a greedy soup needs the baseline SOURCES, found only " + spec.baselines());
        var names = new HashSet<String>();
        for (int i = 0; i < spec.stages().size(); i++) {
            Stage stage = spec.stages().get(i);
            require(names.add(stage.name()), "two stages are named '" + stage.name() + "'");
            checkStage(spec, i);
        }
    }

    private static void checkStage(SearchSpec spec, int index) {
        Stage stage = spec.stages().get(index);
        try {
            var encoding = Strategies.encoding(spec, index);
            checkAlgorithm(stage.algorithm(), spec.objectives().size());
            checkBudget(stage, encoding.dimension());
            checkFidelity(stage.fidelity(), spec.objectives().size());
            stage.inject().forEach(encoding::encode);
            stage.warmStart().forEach(encoding::encode);
            require(
                    stage.warmStart().isEmpty() || stage.algorithm() instanceof Algorithm.CmaEs,
                    "only CMA-ES can be started warm");
        } catch (SearchException e) {
            throw new SearchException("stage '" + stage.name() + "': " + e.getMessage());
        }
    }

    private static void checkAlgorithm(Algorithm algorithm, int objectives) {
        switch (algorithm) {
            case Algorithm.CmaEs cma -> {
                require(
                        objectives == 1,
                        "CMA-ES optimizes one objective, found " + objectives + "; NSGA-II takes several");
                cma.sigma().ifPresent(s -> require(s > 0 && s <= 1, "sigma must lie in (0, 1], found " + s));
                cma.populationSize()
                        .ifPresent(p -> require(p >= 2, "CMA-ES needs a population of at least 2, found " + p));
                require(
                        cma.noise() == Algorithm.Noise.NONE || cma.covariance() != Algorithm.Covariance.DIAGONAL,
                        "learning rates adapt to noise only with a full covariance matrix, found a diagonal one");
            }
            case Algorithm.Nsga2(int population) -> {
                require(
                        objectives >= 2 && objectives <= 4,
                        "NSGA-II is for two to four objectives, found " + objectives);
                require(
                        population >= 4 && population % 2 == 0,
                        "NSGA-II needs an even population of at least 4, found " + population);
            }
            case Algorithm.RandomSearch(int population) ->
                require(population >= 1, "the population must be at least 1, found " + population);
        }
    }

    private static void checkFidelity(Fidelity fidelity, int objectives) {
        require(
                objectives == 1 || fidelity instanceof Fidelity.AllQuestions,
                "candidates can be asked fewer questions only with one objective, found " + objectives);
        switch (fidelity) {
            case Fidelity.AllQuestions all -> {}
            case Fidelity.Estimation(int pool, int asked) ->
                require(1 <= asked && asked <= pool, "asked must lie in 1 to " + pool + ", found " + asked);
            case Fidelity.Racing(int pool, int first, double error, double tolerance) -> {
                require(1 <= first && first <= pool, "first must lie in 1 to " + pool + ", found " + first);
                require(error > 0 && error < 0.5, "error must lie in (0, 0.5), found " + error);
                require(tolerance >= 0 && tolerance < 1, "tolerance must lie in [0, 1), found " + tolerance);
            }
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
