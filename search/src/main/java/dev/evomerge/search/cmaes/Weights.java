package dev.evomerge.search.cmaes;

/**
 * Recombination weights and learning rates of CMA-ES, by table 1 and equations (49)–(58) of the tutorial.
 *
 * @param mean            per rank, best first: the weight in the mean; zero for the worse half; sums to 1
 * @param covariance      per rank: the weight in the covariance matrix; negative for the worse half
 * @param muEff           variance-effective selection mass of {@code mean}
 * @param cSigma          learning rate of the step-size path
 * @param dSigma          damping of the step size
 * @param cC              learning rate of the covariance path
 * @param c1              learning rate of the rank-one update
 * @param cMu             learning rate of the rank-μ update
 */
record Weights(
        double[] mean,
        double[] covariance,
        double muEff,
        double cSigma,
        double dSigma,
        double cC,
        double c1,
        double cMu) {

    /**
     * @param n      dimension
     * @param lambda population size, ≥ 2
     * @param faster factor on the learning rates of the covariance matrix: 1 for a full one, (n + 2)/3 for a diagonal one
     */
    static Weights of(int n, int lambda, double faster) {
        int mu = lambda / 2;
        double[] raw = new double[lambda];
        for (int i = 0; i < lambda; i++) {
            raw[i] = StrictMath.log((lambda + 1) / 2.0) - StrictMath.log(i + 1);
        }
        double positive = 0;
        double negative = 0;
        for (double w : raw) {
            positive += Math.max(0, w);
            negative -= Math.min(0, w);
        }
        double muEff = effectiveMass(raw, 0, mu);
        double muEffNegative = effectiveMass(raw, mu, lambda);

        double c1 = Math.min(1, faster * 2 / ((n + 1.3) * (n + 1.3) + muEff));
        double cMu = Math.min(1 - c1, faster * 2 * (0.25 + muEff + 1 / muEff - 2) / ((n + 2.0) * (n + 2.0) + muEff));
        double massOfNegative = Math.min(
                Math.min(1 + c1 / cMu, 1 + 2 * muEffNegative / (muEff + 2)),
                // Keeps the covariance matrix positive definite.
                (1 - c1 - cMu) / (n * cMu));

        double[] mean = new double[lambda];
        double[] covariance = new double[lambda];
        for (int i = 0; i < lambda; i++) {
            mean[i] = Math.max(0, raw[i]) / positive;
            covariance[i] = raw[i] >= 0 ? mean[i] : massOfNegative * raw[i] / negative;
        }
        double cSigma = (muEff + 2) / (n + muEff + 5);
        double dSigma = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma;
        double cC = (4 + muEff / n) / (n + 4 + 2 * muEff / n);
        return new Weights(mean, covariance, muEff, cSigma, dSigma, cC, c1, cMu);
    }

    /** 4 + ⌊3 ln n⌋. */
    static int defaultPopulation(int n) {
        return 4 + (int) (3 * StrictMath.log(n));
    }

    /** Expected length of a standard normal vector: √n (1 − 1/(4n) + 1/(21n²)). */
    static double expectedLength(int n) {
        return Math.sqrt(n) * (1 - 1 / (4.0 * n) + 1 / (21.0 * n * n));
    }

    private static double effectiveMass(double[] raw, int from, int to) {
        double sum = 0;
        double squares = 0;
        for (int i = from; i < to; i++) {
            sum += raw[i];
            squares += raw[i] * raw[i];
        }
        return squares == 0 ? 0 : sum * sum / squares;
    }
}
