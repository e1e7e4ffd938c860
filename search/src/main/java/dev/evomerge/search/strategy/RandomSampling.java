package dev.evomerge.search.strategy;

import dev.evomerge.search.random.Draws;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Uniform random search: learns nothing and never stops. */
public final class RandomSampling implements Strategy {

    private final int dimension;
    private final int populationSize;
    private final long seed;
    private int generation;

    public RandomSampling(int dimension, int populationSize, long seed) {
        this.dimension = dimension;
        this.populationSize = populationSize;
        this.seed = seed;
    }

    @Override
    public List<double[]> ask() {
        var genomes = new ArrayList<double[]>(populationSize);
        for (int k = 0; k < populationSize; k++) {
            genomes.add(Draws.of(seed, generation, k).uniforms(dimension));
        }
        return genomes;
    }

    @Override
    public void tell(double[][] losses) {
        generation++;
    }

    @Override
    public int populationSize() {
        return populationSize;
    }

    @Override
    public Optional<String> stopped() {
        return Optional.empty();
    }
}
