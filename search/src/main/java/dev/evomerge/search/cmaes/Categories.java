package dev.evomerge.search.cmaes;

import dev.evomerge.search.random.Draws;

/**
 * A categorical distribution per variable, moved along the natural gradient with an adaptive step and kept away from zero, as in CatCMA (Hamano,
 * Saito, Nomura, Uchida, Shirakawa, GECCO 2024); the step follows adaptive stochastic natural gradient (Akimoto et al., ICML 2019).
 */
final class Categories {

    private static final double TRUST = 1.5;

    private final int[] levels;
    private final double[][] probabilities;
    private final double[][] path;
    private final double freedom;
    private double pathWeight;
    private double slowness = 1;

    /**
     * @param levels  per variable how many categories it has
     * @param favoured per variable the category that is most likely at first
     */
    Categories(int[] levels, int[] favoured) {
        this.levels = levels;
        this.probabilities = new double[levels.length][];
        this.path = new double[levels.length][];
        double free = 0;
        for (int v = 0; v < levels.length; v++) {
            probabilities[v] = new double[levels[v]];
            path[v] = new double[levels[v]];
            free += levels[v] - 1;
            for (int c = 0; c < levels[v]; c++) {
                // Half of the mass on what is known to work, the rest even.
                probabilities[v][c] = 0.5 / levels[v] + (c == favoured[v] ? 0.5 : 0);
            }
        }
        this.freedom = free;
    }

    int[] draw(Draws draws) {
        int[] drawn = new int[levels.length];
        for (int v = 0; v < levels.length; v++) {
            double left = draws.nextDouble();
            int c = 0;
            while (c < levels[v] - 1 && left >= probabilities[v][c]) {
                left -= probabilities[v][c++];
            }
            drawn[v] = c;
        }
        return drawn;
    }

    /**
     * @param drawn   per candidate its categories
     * @param weights per candidate its weight; they sum to 0
     */
    void update(int[][] drawn, double[] weights) {
        double[][] gradient = gradient(drawn, weights);
        double length = fisherLength(gradient);
        if (length == 0) {
            return;
        }
        double step = 1 / slowness;
        double beta = Math.min(1, step / Math.sqrt(freedom));
        double squares = 0;
        for (int v = 0; v < levels.length; v++) {
            for (int c = 0; c < levels[v]; c++) {
                double whitened = gradient[v][c] / Math.sqrt(probabilities[v][c]) / length;
                path[v][c] = (1 - beta) * path[v][c] + Math.sqrt(beta * (2 - beta)) * whitened;
                squares += path[v][c] * path[v][c];
            }
        }
        pathWeight = (1 - beta) * (1 - beta) * pathWeight + beta * (2 - beta);
        for (int v = 0; v < levels.length; v++) {
            for (int c = 0; c < levels[v]; c++) {
                probabilities[v][c] += step * gradient[v][c] / length;
            }
            keepMargin(v);
        }
        slowness = Math.max(1, slowness * StrictMath.exp(beta * (pathWeight - squares / TRUST)));
    }

    private double[][] gradient(int[][] drawn, double[] weights) {
        double[][] gradient = new double[levels.length][];
        for (int v = 0; v < levels.length; v++) {
            gradient[v] = new double[levels[v]];
            for (int k = 0; k < drawn.length; k++) {
                for (int c = 0; c < levels[v]; c++) {
                    gradient[v][c] += weights[k] * ((drawn[k][v] == c ? 1 : 0) - probabilities[v][c]);
                }
            }
        }
        return gradient;
    }

    /** The gradient's length in the metric of the distribution: √(Σ g²/p). */
    private double fisherLength(double[][] gradient) {
        double sum = 0;
        for (int v = 0; v < levels.length; v++) {
            for (int c = 0; c < levels[v]; c++) {
                sum += gradient[v][c] * gradient[v][c] / probabilities[v][c];
            }
        }
        return Math.sqrt(sum);
    }

    /** Every category keeps a probability of at least (1 − 0.73^(1/N))/(K − 1). */
    private void keepMargin(int v) {
        if (levels[v] < 2) {
            return;
        }
        double least = Math.min(0.5 / levels[v], (1 - StrictMath.pow(0.73, 1.0 / levels.length)) / (levels[v] - 1));
        double sum = 0;
        for (int c = 0; c < levels[v]; c++) {
            probabilities[v][c] = Math.max(least, probabilities[v][c]);
            sum += probabilities[v][c];
        }
        for (int c = 0; c < levels[v]; c++) {
            // What was lifted is taken from what is above the margin, in proportion.
            probabilities[v][c] -= (sum - 1) * (probabilities[v][c] - least) / (sum - levels[v] * least);
        }
    }

    /** The category of a variable that is drawn most often. */
    int likeliest(int variable) {
        int best = 0;
        for (int c = 1; c < levels[variable]; c++) {
            best = probabilities[variable][c] > probabilities[variable][best] ? c : best;
        }
        return best;
    }
}
