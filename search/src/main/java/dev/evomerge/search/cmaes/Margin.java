package dev.evomerge.search.cmaes;

import dev.evomerge.search.random.Normal;
import dev.evomerge.search.strategy.Variable;
import java.util.Arrays;
import java.util.List;

/**
 * The margin of CMA-ES with margin (Hamano, Saito, Nomura, Shirakawa, GECCO 2022): an ordered variable never gets stuck on one level, because the
 * probability to leave it is kept above a bound.
 *
 * <p>It moves the mean and a factor per coordinate on the standard deviation; the covariance matrix stays as it was learnt.
 */
final class Margin {

    private final int[] levels;
    private final double alpha;
    private final double[] factors;

    /**
     * @param variables per coordinate what it is
     * @param lambda    population size; the bound is 1/(nλ)
     */
    Margin(List<Variable> variables, int lambda) {
        this.levels = variables.stream()
                .mapToInt(variable -> variable instanceof Variable.Ordered(int count) ? count : 0)
                .toArray();
        this.alpha = 1.0 / (variables.size() * lambda);
        this.factors = new double[levels.length];
        Arrays.fill(factors, 1);
    }

    /** What the i-th coordinate's standard deviation is multiplied with. */
    double factor(int i) {
        return factors[i];
    }

    /** Restores the margin after an update of the distribution; changes {@code mean} in place. */
    void correct(double[] mean, double sigma, Covariance covariance) {
        for (int i = 0; i < levels.length; i++) {
            if (levels[i] > 1) {
                correct(i, mean, sigma * Math.sqrt(covariance.variance(i)));
            }
        }
    }

    private void correct(int i, double[] mean, double unscaled) {
        double width = 1.0 / levels[i];
        mean[i] = Math.min(1, Math.max(0, mean[i]));
        int level = Variable.level(mean[i], levels[i]);
        if (level == 0 || level == levels[i] - 1) {
            double threshold = level == 0 ? width : 1 - width;
            double reach = Normal.quantile(1 - alpha) * unscaled * factors[i];
            double distance = Math.min(Math.abs(mean[i] - threshold), reach);
            mean[i] = level == 0 ? threshold - distance : threshold + distance;
        } else {
            correctInner(i, mean, unscaled, level * width, (level + 1) * width);
        }
    }

    /** Both neighbours of an inner level keep at least half the bound each. */
    private void correctInner(int i, double[] mean, double unscaled, double lower, double upper) {
        double deviation = unscaled * factors[i];
        double below = Normal.cumulative((lower - mean[i]) / deviation);
        double above = Normal.cumulative((mean[i] - upper) / deviation);
        if (below >= alpha / 2 && above >= alpha / 2) {
            return;
        }
        double inside = 1 - below - above;
        double raisedBelow = Math.max(alpha / 2, below);
        double raisedAbove = Math.max(alpha / 2, above);
        double excess = (1 - raisedBelow - raisedAbove - inside) / (raisedBelow + raisedAbove + inside - 1.5 * alpha);
        double qBelow = Normal.quantile(1 - (raisedBelow + excess * (raisedBelow - alpha / 2)));
        double qAbove = Normal.quantile(1 - (raisedAbove + excess * (raisedAbove - alpha / 2)));
        factors[i] = (upper - lower) / (unscaled * (qBelow + qAbove));
        mean[i] = (lower * qAbove + upper * qBelow) / (qBelow + qAbove);
    }
}
