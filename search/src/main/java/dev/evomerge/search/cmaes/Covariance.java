package dev.evomerge.search.cmaes;

import java.util.Arrays;

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
}
