package dev.evomerge.search.cmaes;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Ranking;
import dev.evomerge.search.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * CMA-ES with active covariance update and cumulative step-size adaptation, in the unit cube.
 *
 * <p>Candidates of equal loss share the weights of their ranks ({@link Ranking#shareWeights}); failed ones share the last ranks, so the search
 * moves away from them. Where most of a generation are equal, the step size grows, so that plateaus are left.
 */
public final class CmaEs implements Strategy {

    /** The step size never spans more than the cube; larger steps would be mirrored into uniform noise. */
    private static final double LARGEST_DEVIATION = 1.0;

    private final int n;
    private final int lambda;
    private final long seed;
    private final Weights weights;
    private final Covariance covariance;
    private final Stopping stopping;

    private final double[] mean;
    private final double[] stepPath;
    private double sigma;
    private int generation;

    /**
     * @param start          the mean of the first generation, in [0, 1]ⁿ
     * @param sigma          the first step size, in (0, 1]
     * @param populationSize candidates per generation, ≥ 2
     * @param seed           every draw follows from it
     */
    public CmaEs(double[] start, double sigma, int populationSize, long seed) {
        this.n = start.length;
        this.lambda = populationSize;
        this.seed = seed;
        this.weights = Weights.of(n, lambda);
        this.covariance = new Covariance(n, weights);
        this.stopping = new Stopping(n, lambda);
        this.mean = start.clone();
        this.sigma = sigma;
        this.stepPath = new double[n];
    }

    /** 4 + ⌊3 ln n⌋, the usual number of candidates per generation in {@code n} dimensions. */
    public static int defaultPopulation(int n) {
        return Weights.defaultPopulation(n);
    }

    @Override
    public List<double[]> ask() {
        var genomes = new ArrayList<double[]>(lambda);
        for (double[] step : steps()) {
            genomes.add(Box.reflect(at(step)));
        }
        return genomes;
    }

    @Override
    public void tell(double[][] table) {
        double[] losses = Ranking.first(table);
        double[][] steps = steps();

        double[] meanStep = weightedSum(steps, Ranking.shareWeights(losses, weights.mean()));
        for (int i = 0; i < n; i++) {
            mean[i] += sigma * meanStep[i];
        }

        generation++;
        double[] whitened = covariance.whiten(meanStep);
        double learning = Math.sqrt(weights.cSigma() * (2 - weights.cSigma()) * weights.muEff());
        for (int i = 0; i < n; i++) {
            stepPath[i] = (1 - weights.cSigma()) * stepPath[i] + learning * whitened[i];
        }
        double pathLength = length(stepPath);
        double unbiased = pathLength / Math.sqrt(1 - StrictMath.pow(1 - weights.cSigma(), 2.0 * generation));
        boolean stalled = unbiased >= (1.4 + 2 / (n + 1.0)) * Weights.expectedLength(n);

        covariance.update(meanStep, steps, Ranking.shareWeights(losses, weights.covariance()), stalled);
        sigma *= StrictMath.exp(
                Math.min(1, weights.cSigma() / weights.dSigma() * (pathLength / Weights.expectedLength(n) - 1)));
        if (isFlat(losses)) {
            sigma *= StrictMath.exp(0.2 + weights.cSigma() / weights.dSigma());
        }
        sigma = Math.min(sigma, LARGEST_DEVIATION / Math.sqrt(covariance.largestVariance()));
        stopping.tell(losses, sigma * Math.sqrt(covariance.largestVariance()), covariance.condition());
    }

    @Override
    public Optional<String> stopped() {
        return stopping.reason();
    }

    /** The centre of the search, where the next generation is drawn around. */
    public double[] mean() {
        return Box.reflect(mean);
    }

    /** The step size, in widths of the cube. */
    public double sigma() {
        return sigma;
    }

    private double[][] steps() {
        double[][] steps = new double[lambda][];
        for (int k = 0; k < lambda; k++) {
            steps[k] = covariance.colour(Draws.of(seed, generation, k).gaussians(n));
        }
        return steps;
    }

    private double[] at(double[] step) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = mean[i] + sigma * step[i];
        }
        return x;
    }

    /** Whether seven of ten candidates share the best score, as in the reference implementation; rarer ties are no plateau. */
    private boolean isFlat(double[] losses) {
        int[] order = Ranking.order(losses);
        double best = losses[order[0]];
        return Double.isFinite(best) && best == losses[order[(int) Math.ceil(0.7 * lambda) - 1]];
    }

    private double[] weightedSum(double[][] steps, double[] rankWeights) {
        double[] sum = new double[n];
        for (int k = 0; k < steps.length; k++) {
            for (int i = 0; i < n; i++) {
                sum[i] += rankWeights[k] * steps[k][i];
            }
        }
        return sum;
    }

    private static double length(double[] x) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        return Math.sqrt(squares);
    }
}
