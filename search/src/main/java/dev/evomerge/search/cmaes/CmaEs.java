package dev.evomerge.search.cmaes;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Ranking;
import dev.evomerge.search.strategy.Strategy;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * CMA-ES with active covariance update and cumulative step-size adaptation, in the unit cube.
 *
 * <p>Candidates of equal loss share the weights of their ranks ({@link Ranking#shareWeights}); failed ones share the last ranks, so the search
 * moves away from them. Where most of a generation are equal, the step size grows, so that plateaus are left. Ordered variables have a
 * {@link Margin}.
 */
public final class CmaEs implements Strategy {

    /** A coordinate's standard deviation stays below that of the uniform distribution: wider samples would only be mirrored into it. */
    private static final double LARGEST_DEVIATION = 1 / Math.sqrt(12);

    /** A coordinate's standard deviation above which its steps end at the bounds' mirrors. */
    private static final double WIDE = 0.05;

    /**
     * What a run needs to know.
     *
     * @param start              the mean of the first generation, in [0, 1]ⁿ
     * @param sigma              the first step size, in (0, 1]
     * @param populationSize     candidates per generation, ≥ 2
     * @param diagonal           whether only variances are learnt
     * @param adaptLearningRates whether learning rates follow the noise; needs a full covariance matrix
     * @param variables          per coordinate what it is; categories are not for this class
     * @param injected           genomes that the first generation holds in place of drawn ones, at most half of it
     * @param elite              good genomes of an earlier search; if there are any, they give mean, step size and covariance matrix of the first generation
     * @param seed               every draw follows from it
     */
    public record Settings(
            double[] start,
            double sigma,
            int populationSize,
            boolean diagonal,
            boolean adaptLearningRates,
            List<Variable> variables,
            List<double[]> injected,
            List<double[]> elite,
            long seed) {

        public Settings {
            injected = injected.subList(0, Math.min(injected.size(), populationSize / 2));
        }

        /** Plain CMA-ES on continuous variables. */
        public Settings(double[] start, double sigma, int populationSize, long seed) {
            this(
                    start,
                    sigma,
                    populationSize,
                    false,
                    false,
                    Collections.nCopies(start.length, new Variable.Real()),
                    List.of(),
                    List.of(),
                    seed);
        }

        /** The same search with another population, step size and start. */
        public Settings restarted(double[] start, double sigma, int populationSize, long seed) {
            return new Settings(
                    start, sigma, populationSize, diagonal, adaptLearningRates, variables, List.of(), List.of(), seed);
        }
    }

    private final int n;
    private final int lambda;
    private final long seed;
    private final Weights weights;
    private final Covariance covariance;
    private final Margin margin;
    private final Optional<LearningRates> learningRates;
    private final Stopping stopping;
    private final List<double[]> injected;

    private final double largestDeviation;
    private final double[] mean;
    private final double[] stepPath;
    private double sigma;
    private int generation;

    /** The steps of this generation, once they are drawn. */
    private Optional<double[][]> drawn = Optional.empty();

    public CmaEs(Settings settings) {
        this.n = settings.start().length;
        this.lambda = settings.populationSize();
        this.seed = settings.seed();
        this.weights = Weights.of(n, lambda, settings.diagonal() ? (n + 2) / 3.0 : 1);
        this.covariance = settings.diagonal() ? new DiagonalCovariance(n, weights) : new FullCovariance(n, weights);
        this.margin = new Margin(settings.variables(), lambda);
        this.learningRates = settings.adaptLearningRates() ? Optional.of(new LearningRates(n)) : Optional.empty();
        this.stopping = new Stopping(n, lambda);
        this.injected = settings.injected();
        // Small learning rates make the step size grow to gain signal; in a box it would only gain reflections.
        this.largestDeviation = settings.adaptLearningRates() ? settings.sigma() : LARGEST_DEVIATION;
        this.mean = settings.start().clone();
        this.sigma = settings.sigma();
        if (!settings.elite().isEmpty()) {
            warmStart(settings.elite());
        }
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
            double[] genome = new double[n];
            for (int i = 0; i < n; i++) {
                genome[i] = Box.reflect(mean[i] + sigma * margin.factor(i) * step[i]);
            }
            genomes.add(genome);
        }
        for (int k = 0; k < injected.size() && generation == 0; k++) {
            genomes.set(k, injected.get(k).clone());
        }
        return genomes;
    }

    @Override
    public void tell(double[][] table) {
        double[] losses = Ranking.first(table);
        if (learningRates.isPresent()) {
            double[] oldMean = mean.clone();
            double oldSigma = sigma;
            var old = ((FullCovariance) covariance).copy();
            update(losses);
            sigma = learningRates.get().temper(oldMean, oldSigma, old, mean, sigma, (FullCovariance) covariance);
        } else {
            update(losses);
        }
        sigma = Math.min(sigma, largestDeviation / Math.sqrt(largestVariance()));
        margin.correct(mean, sigma, covariance);
        stopping.tell(losses, sigma * Math.sqrt(largestVariance()), covariance.condition());
    }

    @Override
    public int populationSize() {
        return lambda;
    }

    /** The mean of the distribution. */
    @Override
    public Optional<double[]> favourite() {
        return Optional.of(mean());
    }

    @Override
    public Optional<String> stopped() {
        return stopping.reason();
    }

    /** The centre of the search, where the next generation is drawn around. */
    double[] mean() {
        return Box.reflect(mean);
    }

    /** The step size, in widths of the cube. */
    double sigma() {
        return sigma;
    }

    /** The diagonal of the covariance matrix. */
    double[] variances() {
        double[] variances = new double[n];
        Arrays.setAll(variances, covariance::variance);
        return variances;
    }

    private void warmStart(List<double[]> elite) {
        Arrays.setAll(mean, i -> elite.stream().mapToDouble(genome -> genome[i]).sum() / elite.size());
        sigma = covariance.begin(elite.stream()
                .map(genome -> {
                    double[] deviation = new double[n];
                    Arrays.setAll(deviation, i -> genome[i] - mean[i]);
                    return deviation;
                })
                .toList());
    }

    /** One iteration, equations (40)–(47) of the tutorial. */
    private void update(double[] losses) {
        double[][] steps = steps();
        drawn = Optional.empty();
        double[] meanStep = weightedSum(steps, Ranking.shareWeights(losses, weights.mean()));
        for (int i = 0; i < n; i++) {
            mean[i] += sigma * margin.factor(i) * meanStep[i];
        }

        generation++;
        double[] whitened = covariance.whiten(meanStep);
        double learning = Math.sqrt(weights.cSigma() * (2 - weights.cSigma()) * weights.muEff());
        for (int i = 0; i < n; i++) {
            stepPath[i] = (1 - weights.cSigma()) * stepPath[i] + learning * whitened[i];
        }
        double length = length(stepPath);
        double unbiased = length / Math.sqrt(1 - StrictMath.pow(1 - weights.cSigma(), 2.0 * generation));
        boolean stalled = unbiased >= (1.4 + 2 / (n + 1.0)) * Weights.expectedLength(n);

        covariance.update(meanStep, steps, Ranking.shareWeights(losses, weights.covariance()), stalled);
        double relative = length / Weights.expectedLength(n) - 1;
        sigma *= StrictMath.exp(Math.min(1, weights.cSigma() / weights.dSigma() * relative));
        if (isFlat(losses)) {
            sigma *= StrictMath.exp(0.2 + weights.cSigma() / weights.dSigma());
        }
    }

    private double[][] steps() {
        if (drawn.isEmpty()) {
            double[][] steps = new double[lambda][];
            for (int k = 0; k < lambda; k++) {
                steps[k] = generation == 0 && k < injected.size()
                        ? stepTo(injected.get(k))
                        : mirrored(
                                covariance.colour(Draws.of(seed, generation, k).gaussians(n)));
            }
            drawn = Optional.of(steps);
        }
        return drawn.get();
    }

    /**
     * A step as far as the cube's mirrors let it go. Where the distribution is wide, what is learnt from is the genome that was scored: steps beyond
     * the bounds would keep it wide, which costs evaluations where there are many optima. Where it is narrow the step stays as it was drawn, so that
     * an optimum at a bound is found like any other.
     */
    private double[] mirrored(double[] step) {
        double[] mirrored = step.clone();
        for (int i = 0; i < n; i++) {
            double scale = sigma * margin.factor(i);
            double value = mean[i] + scale * step[i];
            if ((value < 0 || value > 1) && scale * Math.sqrt(covariance.variance(i)) > WIDE) {
                mirrored[i] = (Box.reflect(value) - mean[i]) / scale;
            }
        }
        return mirrored;
    }

    /** The step to an injected genome, no longer than a drawn one could be (Hansen, "Injecting external solutions into CMA-ES", 2011). */
    private double[] stepTo(double[] genome) {
        double[] step = new double[n];
        for (int i = 0; i < n; i++) {
            step[i] = (genome[i] - mean[i]) / sigma;
        }
        double longest = Math.sqrt(n) + 2.0 * n / (n + 2);
        double factor = Math.min(1, longest / Math.max(length(step), Double.MIN_NORMAL));
        for (int i = 0; i < n; i++) {
            step[i] *= factor;
        }
        return step;
    }

    /** Whether seven of ten candidates share the best score, as in the reference implementation; rarer ties are no plateau. */
    private boolean isFlat(double[] losses) {
        int[] order = Ranking.order(losses);
        double best = losses[order[0]];
        return Double.isFinite(best) && best == losses[order[(int) Math.ceil(0.7 * lambda) - 1]];
    }

    private double largestVariance() {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, covariance.variance(i) * margin.factor(i) * margin.factor(i));
        }
        return largest;
    }

    private double[] weightedSum(double[][] steps, double[] stepWeights) {
        double[] sum = new double[n];
        for (int k = 0; k < steps.length; k++) {
            for (int i = 0; i < n; i++) {
                sum[i] += stepWeights[k] * steps[k][i];
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
