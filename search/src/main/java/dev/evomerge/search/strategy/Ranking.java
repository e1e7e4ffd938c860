package dev.evomerge.search.strategy;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Orders by loss. */
public final class Ranking {

    private Ranking() {}

    /** The indices of the losses from best to worst; among equals the earlier comes first. */
    public static int[] order(double[] losses) {
        return IntStream.range(0, losses.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> losses[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Gives each loss the weight of its rank; equal losses share the mean of the weights of the ranks that they take up.
     *
     * <p>Accuracies on a few hundred questions tie often. Breaking a tie by position would turn it into a preference that nobody measured.
     *
     * @param losses  any order
     * @param weights per rank, best first, as many as losses
     * @return per loss its weight; the sum is that of {@code weights}
     */
    public static double[] shareWeights(double[] losses, double[] weights) {
        int[] order = order(losses);
        double[] shared = new double[losses.length];
        for (int from = 0; from < order.length; ) {
            int to = from + 1;
            double sum = weights[from];
            while (to < order.length && losses[order[to]] == losses[order[from]]) {
                sum += weights[to++];
            }
            for (int rank = from; rank < to; rank++) {
                shared[order[rank]] = sum / (to - from);
            }
            from = to;
        }
        return shared;
    }

    /** The first column of a table of losses. */
    public static double[] first(double[][] losses) {
        double[] column = new double[losses.length];
        for (int i = 0; i < column.length; i++) {
            column[i] = losses[i][0];
        }
        return column;
    }
}
