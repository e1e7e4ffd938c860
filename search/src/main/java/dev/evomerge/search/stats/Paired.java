package dev.evomerge.search.stats;

import dev.evomerge.search.Step.Interval;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.random.Normal;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Two candidates on the same questions.
 *
 * @param difference mean of the first minus mean of the second
 * @param interval   95 % interval of the difference
 * @param pValue     two-sided, of the hypothesis that there is no difference
 */
public record Paired(double difference, Interval interval, double pValue) {

    private static final double Z = Normal.quantile(0.975);
    private static final int FLIPS = 10_000;

    /**
     * Compares the values of two candidates per question; questions that either was not asked (NaN) do not count.
     *
     * @return empty if fewer than two questions were asked of both
     */
    public static Optional<Paired> of(double[] first, double[] second) {
        double[] differences = IntStream.range(0, Math.min(first.length, second.length))
                .mapToDouble(i -> first[i] - second[i])
                .filter(d -> !Double.isNaN(d))
                .toArray();
        if (differences.length < 2) {
            return Optional.empty();
        }
        boolean binary = Arrays.stream(differences).allMatch(d -> d == 0 || Math.abs(d) == 1);
        return Optional.of(binary ? rightOrWrong(differences) : measured(differences));
    }

    /**
     * McNemar's exact test, and the interval of Bonett and Price ("Adjusted Wald confidence interval for a difference of binomial proportions based
     * on paired data", JEBS 37, 2012).
     */
    private static Paired rightOrWrong(double[] differences) {
        int n = differences.length;
        int better = (int) Arrays.stream(differences).filter(d -> d > 0).count();
        int worse = (int) Arrays.stream(differences).filter(d -> d < 0).count();
        double p12 = (better + 1.0) / (n + 2);
        double p21 = (worse + 1.0) / (n + 2);
        double half = Z * Math.sqrt((p12 + p21 - (p12 - p21) * (p12 - p21)) / (n + 2));
        var interval = new Interval(Math.max(-1, p12 - p21 - half), Math.min(1, p12 - p21 + half));
        return new Paired((better - worse) / (double) n, interval, signTest(better, worse));
    }

    /**
     * The one-sided p-value of the hypothesis that, in the mean over all questions, the first is better than the second by {@code margin} or more,
     * from those that both were asked: a random sample without replacement, of which the finite population's correction makes the most.
     *
     * <p>A normal approximation, which needs no rare outcome to be seen: as {@link #rightOrWrong} it adds a question that only the first has right,
     * and one that only the second has.
     *
     * @param first  per question a value in [0, 1], or NaN where it was not asked
     * @param margin in [0, 1)
     */
    public static double notBehind(double[] first, double[] second, double margin) {
        int asked = 0;
        double sum = 0;
        double squares = 2;
        for (int i = 0; i < first.length; i++) {
            double difference = second[i] - first[i];
            if (!Double.isNaN(difference)) {
                asked++;
                sum += difference;
                squares += difference * difference;
            }
        }
        int n = asked + 2;
        double mean = sum / n;
        double left = 1 - (double) asked / first.length;
        double error = Math.sqrt(left * (squares / n - mean * mean) / n);
        return error > 0 ? 1 - Normal.cumulative((mean + margin) / error) : mean + margin > 0 ? 0 : 1;
    }

    /** The two-sided exact binomial test of equal chances. */
    static double signTest(int better, int worse) {
        return Math.min(1, 2 * lowerTail(Math.min(better, worse), better + worse));
    }

    /** P(X ≤ k) for X binomial with n tries and probability ½. */
    private static double lowerTail(int k, int n) {
        double tail = 0;
        double logChoose = 0;
        for (int i = 0; i <= k; i++) {
            tail += StrictMath.exp(logChoose - n * StrictMath.log(2));
            logChoose += StrictMath.log(n - i) - StrictMath.log(i + 1);
        }
        return tail;
    }

    /** The normal interval, and Fisher's test by random sign flips. */
    private static Paired measured(double[] differences) {
        int n = differences.length;
        double mean = Arrays.stream(differences).sum() / n;
        double squares =
                Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
        double half = Z * Math.sqrt(squares / (n - 1) / n);
        var draws = Draws.of(n);
        int asLarge = 1;
        for (int flip = 0; flip < FLIPS; flip++) {
            double sum = 0;
            for (double d : differences) {
                sum += draws.nextLong() < 0 ? -d : d;
            }
            if (Math.abs(sum) >= Math.abs(mean * n) * (1 - 1e-12)) {
                asLarge++;
            }
        }
        return new Paired(mean, new Interval(mean - half, mean + half), asLarge / (FLIPS + 1.0));
    }
}
