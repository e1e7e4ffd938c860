package dev.evomerge.search.cmaes;

import java.util.Arrays;
import java.util.List;

/** The covariance matrix C of the steps, and its evolution path. */
interface Covariance {

    /** C^½ z: turns a standard normal vector into a step. */
    double[] colour(double[] z);

    /** C^(−½) y: a step as a standard normal vector in the same frame. */
    double[] whiten(double[] y);

    /**
     * Equations (45) and (47) of the tutorial.
     *
     * @param meanStep    how the mean moved, in units of the step size
     * @param steps       the candidates' steps
     * @param stepWeights a weight per step
     * @param stalled     whether the step-size path is long, so that the path stands still
     */
    void update(double[] meanStep, double[][] steps, double[] stepWeights, boolean stalled);

    /**
     * Starts from the distribution that good genomes suggest (Nomura et al., "Warm starting CMA-ES", AAAI 2021): α²I + the mean of d dᵀ, scaled to the
     * determinant 1.
     *
     * @param deviations d: the genomes' distances from their mean
     * @return the step size that was scaled away
     */
    double begin(List<double[]> deviations);

    /** α of the above, in widths of the cube: how far around every genome it is worth looking. */
    double WARM_SPREAD = 0.1;

    /** The i-th diagonal element. */
    double variance(int i);

    /** The ratio of the largest to the smallest eigenvalue. */
    double condition();

    /** The path's next position. */
    static void advance(double[] path, double[] meanStep, Weights weights, boolean stalled) {
        double learning = stalled ? 0 : Math.sqrt(weights.cC() * (2 - weights.cC()) * weights.muEff());
        for (int i = 0; i < path.length; i++) {
            path[i] = (1 - weights.cC()) * path[i] + learning * meanStep[i];
        }
    }

    /** What C is multiplied with before the updates are added. */
    static double kept(Weights weights, boolean stalled) {
        double lost = stalled ? weights.c1() * weights.cC() * (2 - weights.cC()) : 0;
        return 1
                + lost
                - weights.c1()
                - weights.cMu() * Arrays.stream(weights.covariance()).sum();
    }

    /**
     * The weight of a bad candidate's step as if the step had the expected length. A step of no length, to an injected genome where the search
     * begins, points nowhere and gets no weight.
     *
     * @param weight        negative
     * @param squaredLength of the whitened step
     */
    static double ofBadStep(double weight, int n, double squaredLength) {
        return squaredLength > 0 ? weight * n / squaredLength : 0;
    }
}
