package dev.evomerge.search.cmaes;

/**
 * Learning rates that follow the signal-to-noise ratio of the updates, so that noise slows the search down instead of leading it astray (Nomura,
 * Akimoto, Ono, "CMA-ES with Learning Rate Adaptation", GECCO 2023; its constants).
 */
final class LearningRates {

    private static final double WANTED_SNR = 1.4;
    private static final double GAIN = 0.1;

    private final int n;
    private final Rate meanRate;
    private final Rate covarianceRate;

    LearningRates(int n) {
        this.n = n;
        this.meanRate = new Rate(n, 0.1);
        this.covarianceRate = new Rate(n * n, 0.03);
    }

    /**
     * Takes back a part of the step from the old distribution to the new one.
     *
     * @param oldMean    the mean before
     * @param oldSigma   the step size before
     * @param old        the covariance matrix before
     * @param mean       the mean after; changed in place
     * @param sigma      the step size after
     * @param covariance the covariance matrix after; changed
     * @return the step size to go on with
     */
    double temper(
            double[] oldMean,
            double oldSigma,
            FullCovariance old,
            double[] mean,
            double sigma,
            FullCovariance covariance) {
        double[] meanChange = new double[n];
        double[][] change = new double[n][n];
        for (int i = 0; i < n; i++) {
            meanChange[i] = mean[i] - oldMean[i];
            for (int j = 0; j < n; j++) {
                change[i][j] = sigma * sigma * covariance.element(i, j) - oldSigma * oldSigma * old.element(i, j);
            }
        }
        double etaBefore = meanRate.eta;
        meanRate.adapt(scaled(old.whiten(meanChange), 1 / oldSigma));
        covarianceRate.adapt(scaled(flat(old.whitenBoth(change)), 1 / (oldSigma * oldSigma * Math.sqrt(2))));

        double[][] tempered = new double[n][n];
        for (int i = 0; i < n; i++) {
            mean[i] = oldMean[i] + meanRate.eta * meanChange[i];
            for (int j = 0; j < n; j++) {
                tempered[i][j] = oldSigma * oldSigma * old.element(i, j) + covarianceRate.eta * change[i][j];
            }
        }
        double newSigma = covariance.replaceNormalized(tempered);
        // The best step size grows with the learning rate's inverse.
        return newSigma * etaBefore / meanRate.eta;
    }

    /** One learning rate and the moving averages that it is judged by. */
    private static final class Rate {
        private final double beta;
        private final double[] average;
        private double power;
        private double eta = 1;

        Rate(int size, double beta) {
            this.average = new double[size];
            this.beta = beta;
        }

        void adapt(double[] change) {
            double squares = 0;
            double squaredAverage = 0;
            for (int i = 0; i < change.length; i++) {
                average[i] = (1 - beta) * average[i] + beta * change[i];
                squares += change[i] * change[i];
                squaredAverage += average[i] * average[i];
            }
            power = (1 - beta) * power + beta * squares;
            double snr = (squaredAverage - beta / (2 - beta) * power) / (power - squaredAverage);
            double relative = Math.min(1, Math.max(-1, snr / (WANTED_SNR * eta) - 1));
            if (!Double.isNaN(relative)) {
                eta = Math.min(1, eta * StrictMath.exp(Math.min(GAIN * eta, beta) * relative));
            }
        }
    }

    private static double[] flat(double[][] matrix) {
        double[] all = new double[matrix.length * matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            System.arraycopy(matrix[i], 0, all, i * matrix.length, matrix.length);
        }
        return all;
    }

    private static double[] scaled(double[] values, double factor) {
        double[] scaled = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = factor * values[i];
        }
        return scaled;
    }
}
