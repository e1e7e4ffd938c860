package dev.evomerge.search;

import java.util.Optional;

/** How the next generation is bred. */
public sealed interface Algorithm {

    /**
     * CMA-ES (Hansen, arXiv 1604.00772); with variables of several kinds its margin and category extensions.
     *
     * @param sigma          initial step size in units of the bounds' width; the paper's 1/6 if empty
     * @param populationSize candidates per generation; 4 + ⌊3 ln n⌋ if empty
     * @param covariance     how much of the covariance matrix is learnt
     * @param restarts       what happens when a run has converged before the budget is spent
     * @param noise          what is done about scores that are noisy, as those on few questions are
     */
    record CmaEs(
            Optional<Double> sigma,
            Optional<Integer> populationSize,
            Covariance covariance,
            Restarts restarts,
            Noise noise)
            implements Algorithm {

        /** One run with what the dimension suggests. */
        public CmaEs(Optional<Double> sigma, Optional<Integer> populationSize) {
            this(sigma, populationSize, Covariance.AUTO, Restarts.NONE, Noise.NONE);
        }
    }

    /** The shape of CMA-ES' distribution. */
    enum Covariance {
        /** Full up to 500 dimensions, diagonal above. */
        AUTO,
        /** All of it: O(n²) memory. */
        FULL,
        /** Variances only, learnt faster (Ros and Hansen, PPSN 2008): O(n) memory. */
        DIAGONAL
    }

    /** What follows a run that has converged. */
    enum Restarts {
        /** The stage ends. */
        NONE,
        /** Runs with growing populations in turn with small ones (Hansen, BBOB 2009). */
        BIPOP
    }

    /** What is done about noise. */
    enum Noise {
        /** Nothing; a larger population is the simple remedy. */
        NONE,
        /** Learning rates follow the signal-to-noise ratio of the updates (Nomura, Akimoto, Ono, GECCO 2023). */
        LEARNING_RATE
    }

    /**
     * NSGA-II (Deb et al. 2002), for two to four objectives: the result is a Pareto front.
     *
     * @param populationSize candidates per generation, even, ≥ 4
     */
    record Nsga2(int populationSize) implements Algorithm {}

    /** Uniformly random genomes, for comparison. */
    record RandomSearch(int populationSize) implements Algorithm {}
}
