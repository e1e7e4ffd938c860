package dev.evomerge.search.stats;

import dev.evomerge.search.Step.Interval;
import java.util.Arrays;
import java.util.Optional;

/** 95 % confidence intervals of a mean over questions. */
public final class Intervals {

    private static final double Z = 1.959963984540054;

    private Intervals() {}

    /**
     * The interval of the mean of per-question values.
     *
     * @param items values, NaN where not asked; if all are 0 or 1 the interval is Wilson's, else the normal one
     * @return empty if fewer than two were asked
     */
    public static Optional<Interval> ofMean(double[] items) {
        double[] asked = Arrays.stream(items).filter(v -> !Double.isNaN(v)).toArray();
        if (asked.length < 2) {
            return Optional.empty();
        }
        double mean = Arrays.stream(asked).sum() / asked.length;
        boolean binary = Arrays.stream(asked).allMatch(v -> v == 0 || v == 1);
        return Optional.of(binary ? wilson(mean, asked.length) : normal(asked, mean));
    }

    /** E. B. Wilson's score interval (JASA 22, 1927) of a proportion. */
    static Interval wilson(double proportion, int n) {
        double z2 = Z * Z / n;
        double centre = (proportion + z2 / 2) / (1 + z2);
        double half = Z / (1 + z2) * Math.sqrt(proportion * (1 - proportion) / n + z2 / (4 * n));
        return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
    }

    private static Interval normal(double[] values, double mean) {
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double half = Z * Math.sqrt(squares / (values.length - 1) / values.length);
        return new Interval(mean - half, mean + half);
    }
}
