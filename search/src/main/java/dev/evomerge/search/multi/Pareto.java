package dev.evomerge.search.multi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Dominance among rows of losses, smaller is better in every column. */
public final class Pareto {

    private Pareto() {}

    /** Whether {@code a} is nowhere worse and somewhere better than {@code b}. */
    static boolean dominates(double[] a, double[] b) {
        boolean better = false;
        for (int i = 0; i < a.length; i++) {
            if (a[i] > b[i]) {
                return false;
            }
            better |= a[i] < b[i];
        }
        return better;
    }

    /** Fast non-dominated sorting: the rows' indices by front, the best front first, ascending within each. */
    public static List<List<Integer>> fronts(double[][] losses) {
        int n = losses.length;
        int[] dominatedBy = new int[n];
        var dominated = new ArrayList<List<Integer>>();
        for (int i = 0; i < n; i++) {
            dominated.add(new ArrayList<>());
            for (int j = 0; j < n; j++) {
                if (dominates(losses[i], losses[j])) {
                    dominated.get(i).add(j);
                } else if (dominates(losses[j], losses[i])) {
                    dominatedBy[i]++;
                }
            }
        }
        var fronts = new ArrayList<List<Integer>>();
        var front =
                IntStream.range(0, n).filter(i -> dominatedBy[i] == 0).boxed().toList();
        while (!front.isEmpty()) {
            fronts.add(front);
            front = front.stream()
                    .flatMap(i -> dominated.get(i).stream())
                    .filter(j -> --dominatedBy[j] == 0)
                    .sorted()
                    .toList();
        }
        return fronts;
    }

    /**
     * Crowding distance: how far a member's neighbours are from each other, summed over the objectives in units of their range; infinite at the ends.
     *
     * @param losses of all rows
     * @param front  the members
     * @return in the order of {@code front}
     */
    static double[] crowding(double[][] losses, List<Integer> front) {
        double[] distances = new double[front.size()];
        int objectives = losses[front.getFirst()].length;
        for (int m = 0; m < objectives; m++) {
            int objective = m;
            int[] order = IntStream.range(0, distances.length)
                    .boxed()
                    .sorted((a, b) -> Double.compare(losses[front.get(a)][objective], losses[front.get(b)][objective]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            double low = losses[front.get(order[0])][objective];
            double range = losses[front.get(order[order.length - 1])][objective] - low;
            distances[order[0]] = Double.POSITIVE_INFINITY;
            distances[order[order.length - 1]] = Double.POSITIVE_INFINITY;
            for (int i = 1; i < order.length - 1 && range > 0; i++) {
                double before = losses[front.get(order[i - 1])][objective];
                double after = losses[front.get(order[i + 1])][objective];
                distances[order[i]] += (after - before) / range;
            }
        }
        return distances;
    }

    /** The indices of the {@code count} best rows: front by front, of the last front those in the least crowded places. */
    public static List<Integer> best(double[][] losses, int count) {
        var best = new ArrayList<Integer>();
        for (var front : fronts(losses)) {
            if (best.size() < count) {
                best.addAll(thinned(losses, front, count - best.size()));
            }
        }
        return best;
    }

    /**
     * The members of a front that stay when there is not room for all. They are dropped one by one, the most crowded first, with distances computed
     * anew after each, which spreads the rest better than sorting once.
     */
    static List<Integer> thinned(double[][] losses, List<Integer> front, int room) {
        var left = new ArrayList<>(front);
        while (left.size() > room) {
            double[] crowding = crowding(losses, left);
            int most = IntStream.range(0, crowding.length)
                    .boxed()
                    .min(Comparator.comparingDouble(i -> crowding[i]))
                    .orElseThrow();
            left.remove(most);
        }
        return left;
    }

    /**
     * The volume that rows dominate below a reference, by slicing along the last objective.
     *
     * @param losses    any rows; those that do not dominate {@code reference} count nothing
     * @param reference the worst corner
     * @return the dominated volume
     */
    public static double hypervolume(double[][] losses, double[] reference) {
        double[][] inside = Arrays.stream(losses)
                .filter(row -> IntStream.range(0, row.length).allMatch(i -> row[i] < reference[i]))
                .toArray(double[][]::new);
        return volume(inside, reference, reference.length);
    }

    private static double volume(double[][] rows, double[] reference, int objectives) {
        if (rows.length == 0) {
            return 0;
        }
        int last = objectives - 1;
        if (last == 0) {
            return reference[0]
                    - Arrays.stream(rows).mapToDouble(row -> row[0]).min().orElseThrow();
        }
        double[][] sorted = rows.clone();
        Arrays.sort(sorted, (a, b) -> Double.compare(a[last], b[last]));
        double sum = 0;
        for (int i = 0; i < sorted.length; i++) {
            double next = i + 1 < sorted.length ? sorted[i + 1][last] : reference[last];
            if (next > sorted[i][last]) {
                sum += (next - sorted[i][last]) * volume(Arrays.copyOf(sorted, i + 1), reference, last);
            }
        }
        return sum;
    }
}
