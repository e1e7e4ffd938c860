package dev.evomerge.search;

import dev.evomerge.search.cmaes.CmaEs;
import dev.evomerge.search.space.Encoding;
import dev.evomerge.search.strategy.RandomSampling;
import dev.evomerge.search.strategy.Strategy;

/** From an algorithm's description to the algorithm. */
final class Strategies {

    /** The paper's: the standard deviation of the first generation, in widths of the bounds. */
    private static final double DEFAULT_SIGMA = 1.0 / 6;

    private Strategies() {}

    static Strategy of(Algorithm algorithm, Encoding encoding, long seed) {
        int population = populationSize(algorithm, encoding.dimension());
        return switch (algorithm) {
            case Algorithm.CmaEs cma ->
                new CmaEs(encoding.start(), cma.sigma().orElse(DEFAULT_SIGMA), population, seed);
            case Algorithm.RandomSearch random -> new RandomSampling(encoding.dimension(), population, seed);
        };
    }

    /** Candidates per generation. */
    static int populationSize(Algorithm algorithm, int dimension) {
        return switch (algorithm) {
            case Algorithm.CmaEs cma -> cma.populationSize().orElseGet(() -> CmaEs.defaultPopulation(dimension));
            case Algorithm.RandomSearch random -> random.populationSize();
        };
    }

    /** How many candidates a stage may score. */
    static int evaluations(SearchSpec.Stage stage, int dimension) {
        long population = populationSize(stage.algorithm(), dimension);
        long byGenerations = stage.budget().generations().orElse(Integer.MAX_VALUE) * population;
        return (int) Math.min(stage.budget().evaluations().orElse(Integer.MAX_VALUE), byGenerations);
    }
}
