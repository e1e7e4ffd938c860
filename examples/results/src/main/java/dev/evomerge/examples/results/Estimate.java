package dev.evomerge.examples.results;

import dev.evomerge.search.Step.Interval;
import dev.evomerge.search.random.Normal;
import dev.evomerge.search.stats.Intervals;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A mean over runs with several seeds and over questions, with its 95 % interval. Both were drawn: the interval's half width is the root of the
 * sum of squares of that over the seeds (Student's t) and that over the questions (normal).
 */
record Estimate(double mean, double low, double high) {

    private static final double TWO_SIDED_95 = 0.975;

    /**
     * Of runs' values on the same questions.
     *
     * @param values [seed][question], at least one run
     */
    static Estimate of(double[][] values) {
        double[] byQuestion = IntStream.range(0, values[0].length)
                .mapToDouble(question -> Arrays.stream(values)
                        .mapToDouble(run -> run[question])
                        .average()
                        .orElseThrow())
                .toArray();
        double[] bySeed = Arrays.stream(values).mapToDouble(Estimate::mean).toArray();
        double mean = mean(bySeed);
        if (Arrays.stream(bySeed).distinct().count() == 1) {
            // One run, or always the same model.
            Interval interval = Intervals.ofMean(byQuestion).orElseThrow();
            return new Estimate(mean, interval.low(), interval.high());
        }
        double seeds = student(bySeed.length - 1) * standardError(bySeed);
        double questions = Normal.quantile(TWO_SIDED_95) * standardError(byQuestion);
        double half = Math.hypot(seeds, questions);
        return new Estimate(mean, mean - half, mean + half);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double standardError(double[] values) {
        double mean = mean(values);
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares / (values.length - 1) / values.length);
    }

    /** The quantile of Student's t that leaves 2.5 % above it, within 0.4 % from 4 degrees of freedom on (Abramowitz and Stegun, 26.7.5). */
    static double student(int degrees) {
        double z = Normal.quantile(TWO_SIDED_95);
        double z2 = z * z;
        double first = z * (z2 + 1) / 4;
        double second = z * ((5 * z2 + 16) * z2 + 3) / 96;
        double third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
        return z + (first + (second + third / degrees) / degrees) / degrees;
    }
}
