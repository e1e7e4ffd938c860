package dev.evomerge.search.cmaes;

import java.util.Arrays;
import java.util.List;

/** Variances only (Ros and Hansen, "A simple modification in CMA-ES achieving linear time and space complexity", PPSN 2008). */
final class DiagonalCovariance implements Covariance {

    private final int n;
    private final Weights weights;
    private final double[] variances;
    private final double[] path;

    DiagonalCovariance(int n, Weights weights) {
        this.n = n;
        this.weights = weights;
        this.variances = new double[n];
        Arrays.fill(variances, 1);
        this.path = new double[n];
    }

    @Override
    public double[] colour(double[] z) {
        double[] y = new double[n];
        for (int i = 0; i < n; i++) {
            y[i] = Math.sqrt(variances[i]) * z[i];
        }
        return y;
    }

    @Override
    public double[] whiten(double[] y) {
        double[] z = new double[n];
        for (int i = 0; i < n; i++) {
            z[i] = y[i] / Math.sqrt(variances[i]);
        }
        return z;
    }

    @Override
    public void update(double[] meanStep, double[][] steps, double[] stepWeights, boolean stalled) {
        Covariance.advance(path, meanStep, weights, stalled);
        double[] scaled = new double[steps.length];
        for (int k = 0; k < steps.length; k++) {
            double weight = weights.cMu() * stepWeights[k];
            scaled[k] = weight >= 0 ? weight : Covariance.ofBadStep(weight, n, squaredLength(whiten(steps[k])));
        }
        double keep = Covariance.kept(weights, stalled);
        for (int i = 0; i < n; i++) {
            double variance = keep * variances[i] + weights.c1() * path[i] * path[i];
            for (int k = 0; k < steps.length; k++) {
                variance += scaled[k] * steps[k][i] * steps[k][i];
            }
            // The sum of whole outer products is positive definite; the rounded diagonal is kept so too.
            variances[i] = Math.max(variance, Double.MIN_NORMAL);
        }
    }

    @Override
    public double begin(List<double[]> deviations) {
        double logarithms = 0;
        for (int i = 0; i < n; i++) {
            double variance = WARM_SPREAD * WARM_SPREAD;
            for (double[] deviation : deviations) {
                variance += deviation[i] * deviation[i] / deviations.size();
            }
            variances[i] = variance;
            logarithms += StrictMath.log(variance);
        }
        double sigma = StrictMath.exp(logarithms / (2 * n));
        for (int i = 0; i < n; i++) {
            variances[i] /= sigma * sigma;
        }
        return sigma;
    }

    @Override
    public double variance(int i) {
        return variances[i];
    }

    @Override
    public double condition() {
        return Arrays.stream(variances).max().orElseThrow()
                / Arrays.stream(variances).min().orElseThrow();
    }

    private static double squaredLength(double[] z) {
        double sum = 0;
        for (double v : z) {
            sum += v * v;
        }
        return sum;
    }
}
