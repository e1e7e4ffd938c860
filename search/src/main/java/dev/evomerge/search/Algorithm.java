package dev.evomerge.search;

import java.util.Optional;

/** How the next generation is bred. */
public sealed interface Algorithm {

    /**
     * CMA-ES (Hansen, arXiv 1604.00772).
     *
     * @param sigma          initial step size in units of the bounds' width; the paper's 1/6 if empty
     * @param populationSize candidates per generation; 4 + ⌊3 ln n⌋ if empty
     */
    record CmaEs(Optional<Double> sigma, Optional<Integer> populationSize) implements Algorithm {}

    /** Uniformly random genomes, for comparison. */
    record RandomSearch(int populationSize) implements Algorithm {}
}
