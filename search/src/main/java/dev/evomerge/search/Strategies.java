package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.cmaes.Bipop;
import dev.evomerge.search.cmaes.CmaEs;
import dev.evomerge.search.cmaes.MixedCmaEs;
import dev.evomerge.search.multi.Nsga2;
import dev.evomerge.search.space.Encoding;
import dev.evomerge.search.strategy.RandomSampling;
import dev.evomerge.search.strategy.Strategy;
import dev.evomerge.search.strategy.Variable;
import java.util.TreeMap;
import java.util.function.Function;

/** From the description of a stage to its encoding and its optimizer. */
final class Strategies {

    /** The winner of a stage is a model of this prefix and the stage's name. */
    static final String STAGE_PREFIX = "stages.";

    /** The paper's: the standard deviation of the first generation, in widths of the bounds. */
    private static final double DEFAULT_SIGMA = 1.0 / 6;

    /** Above, a full covariance matrix is slow and learnt too late. */
    private static final int LARGEST_FULL = 500;

    private Strategies() {}

    /** A stage's encoding; it may name the sources and the winners of earlier stages in parameter space, which have as many layers. */
    static Encoding encoding(SearchSpec spec, int index) {
        var models = new TreeMap<>(spec.models());
        for (Stage earlier : spec.stages().subList(0, index)) {
            if (earlier.space() instanceof Space.ParameterSpace space
                    && models.containsKey(space.models().getFirst())) {
                models.put(
                        STAGE_PREFIX + earlier.name(), models.get(space.models().getFirst()));
            }
        }
        return Encoding.of(spec.stages().get(index).space(), spec, models);
    }

    static Strategy of(Stage stage, Encoding encoding, long seed) {
        int population = populationSize(stage.algorithm(), encoding.dimension());
        var injected = stage.inject().stream().map(encoding::encode).toList();
        return switch (stage.algorithm()) {
            case Algorithm.CmaEs cma -> {
                boolean diagonal =
                        switch (cma.covariance()) {
                            case AUTO -> encoding.dimension() > LARGEST_FULL && cma.noise() == Algorithm.Noise.NONE;
                            case FULL -> false;
                            case DIAGONAL -> true;
                        };
                var settings = new CmaEs.Settings(
                        encoding.start(),
                        cma.sigma().orElse(DEFAULT_SIGMA),
                        population,
                        diagonal,
                        cma.noise() == Algorithm.Noise.LEARNING_RATE,
                        encoding.variables(),
                        injected,
                        stage.warmStart().stream().map(encoding::encode).toList(),
                        seed);
                boolean mixed = encoding.variables().stream().anyMatch(v -> v instanceof Variable.Category);
                Function<CmaEs.Settings, Strategy> run = mixed ? MixedCmaEs::new : CmaEs::new;
                yield switch (cma.restarts()) {
                    case NONE -> run.apply(settings);
                    case BIPOP -> new Bipop(settings, run);
                };
            }
            case Algorithm.Nsga2 nsga -> new Nsga2(encoding.dimension(), population, injected, seed);
            case Algorithm.RandomSearch random -> new RandomSampling(encoding.dimension(), population, seed);
        };
    }

    /** Candidates per generation; with restarts, of the first run. */
    static int populationSize(Algorithm algorithm, int dimension) {
        return switch (algorithm) {
            case Algorithm.CmaEs cma -> cma.populationSize().orElseGet(() -> CmaEs.defaultPopulation(dimension));
            case Algorithm.Nsga2 nsga -> nsga.populationSize();
            case Algorithm.RandomSearch random -> random.populationSize();
        };
    }

    /** How many search questions a fidelity speaks of; 0 where it does not matter. */
    static int pool(Fidelity fidelity) {
        return switch (fidelity) {
            case Fidelity.AllQuestions all -> 0;
            case Fidelity.Racing racing -> racing.pool();
            case Fidelity.Estimation estimation -> estimation.pool();
        };
    }

    /** How many candidates a stage may score. */
    static int evaluations(Stage stage, int dimension) {
        long population = populationSize(stage.algorithm(), dimension);
        long byGenerations = stage.budget().generations().orElse(Integer.MAX_VALUE) * population;
        return (int) Math.min(stage.budget().evaluations().orElse(Integer.MAX_VALUE), byGenerations);
    }
}
