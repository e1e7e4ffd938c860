package dev.evomerge.search.cmaes;

import dev.evomerge.search.strategy.Ranking;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;

/** When going on is pointless (section B.3 of the tutorial). */
final class Stopping {

    private static final double SMALLEST_DEVIATION = 1e-12;
    private static final double SMALLEST_RANGE = 1e-12;
    private static final double LARGEST_CONDITION = 1e14;

    private final int lambda;
    private final int window;
    private final int stagnationWindow;
    private final ArrayDeque<Double> recentBest = new ArrayDeque<>();
    private double[] bests = new double[64];
    private double[] medians = new double[64];
    private int generations;
    private Optional<String> reason = Optional.empty();

    Stopping(int n, int lambda) {
        this.lambda = lambda;
        this.window = 10 + (int) Math.ceil(30.0 * n / lambda);
        this.stagnationWindow = 120 + 30 * n / lambda;
    }

    /**
     * @param losses           of the generation
     * @param largestDeviation largest standard deviation of a coordinate, in widths of the cube
     * @param condition        of the covariance matrix
     */
    void tell(double[] losses, double largestDeviation, double condition) {
        int[] order = Ranking.order(losses);
        double best = losses[order[0]];
        double median = losses[order[lambda / 2]];
        remember(best, median);
        recentBest.addLast(best);
        if (recentBest.size() > window) {
            recentBest.removeFirst();
        }
        reason = judge(losses[order[lambda - 1]] - best, largestDeviation, condition);
    }

    Optional<String> reason() {
        return reason;
    }

    private Optional<String> judge(double range, double largestDeviation, double condition) {
        if (largestDeviation < SMALLEST_DEVIATION) {
            return Optional.of("converged: every step is below " + SMALLEST_DEVIATION + " of the bounds' width");
        }
        if (condition > LARGEST_CONDITION) {
            return Optional.of("the covariance matrix's condition number is above " + LARGEST_CONDITION);
        }
        if (recentBest.size() == window && range < SMALLEST_RANGE && rangeOfRecent() < SMALLEST_RANGE) {
            return Optional.of("converged: all scores of the last " + window + " generations are equal");
        }
        return stagnation();
    }

    private double rangeOfRecent() {
        double low = recentBest.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double high = recentBest.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return high - low;
    }

    /** Neither the best nor the median loss is lower in the last 30 % of the window than in its first 30 %. */
    private Optional<String> stagnation() {
        int length = Math.max(stagnationWindow, generations / 5);
        if (generations < length) {
            return Optional.empty();
        }
        int part = (int) (0.3 * length);
        int from = generations - length;
        boolean stagnant = median(bests, generations - part, generations) >= median(bests, from, from + part)
                && median(medians, generations - part, generations) >= median(medians, from, from + part);
        return stagnant ? Optional.of("stagnation: no progress over " + length + " generations") : Optional.empty();
    }

    private void remember(double best, double median) {
        if (generations == bests.length) {
            bests = Arrays.copyOf(bests, 2 * generations);
            medians = Arrays.copyOf(medians, 2 * generations);
        }
        bests[generations] = best;
        medians[generations] = median;
        generations++;
    }

    private static double median(double[] values, int from, int to) {
        double[] sorted = Arrays.copyOfRange(values, from, to);
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
