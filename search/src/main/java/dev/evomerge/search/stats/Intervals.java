package dev.evomerge.search.stats;

import dev.evomerge.search.Step.Interval;
import dev.evomerge.search.random.Normal;
import java.util.Arrays;
import java.util.Optional;

/** Confidence intervals of a mean over questions. */
public final class Intervals {

    private static final double ERROR = 0.05;

    private Intervals() {}

    /**
     * The 95 % interval of the mean of per-question values.
     *
     * @param items values, NaN where not asked; if all are 0 or 1 the interval is Wilson's, else the normal one
     * @return empty if fewer than two were asked
     */
    public static Optional<Interval> ofMean(double[] items) {
        return ofBest(items, 1);
    }

    /**
     * An interval that holds with 95 % for the one that was chosen because these very values were the best of {@code among}, whatever the choice:
     * that of the confidence 1 − 0.05/{@code among}, which holds for all of them at once (Bonferroni).
     *
     * @param items values, NaN where not asked
     * @param among how many were compared, ≥ 1
     */
    public static Optional<Interval> ofBest(double[] items, int among) {
        double[] asked = Arrays.stream(items).filter(v -> !Double.isNaN(v)).toArray();
        if (asked.length < 2) {
            return Optional.empty();
        }
        double z = Normal.quantile(1 - ERROR / 2 / among);
        double mean = Arrays.stream(asked).sum() / asked.length;
        boolean binary = Arrays.stream(asked).allMatch(v -> v == 0 || v == 1);
        return Optional.of(binary ? wilson(mean, asked.length, z) : normal(asked, mean, z));
    }

    /** E. B. Wilson's score interval (JASA 22, 1927) of a proportion. */
    static Interval wilson(double proportion, int n, double z) {
        double z2 = z * z / n;
        double centre = (proportion + z2 / 2) / (1 + z2);
        double half = z / (1 + z2) * Math.sqrt(proportion * (1 - proportion) / n + z2 / (4 * n));
        return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
    }

    private static Interval normal(double[] values, double mean, double z) {
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double half = z * Math.sqrt(squares / (values.length - 1) / values.length);
        return new Interval(mean - half, mean + half);
    }
}
