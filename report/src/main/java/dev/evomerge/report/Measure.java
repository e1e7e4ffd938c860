package dev.evomerge.report;

import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.Step.Interval;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;

/**
 * How one objective's values are written and ordered.
 *
 * @param percent  whether the values are shares: an objective to maximize, of which every value seen lies in [0, 1]
 * @param decimals of a value as it is written
 */
record Measure(String name, Goal goal, boolean percent, int decimals) {

    static Measure of(Objective objective, DoubleSummaryStatistics seen) {
        boolean percent =
                objective.goal() == Goal.MAXIMIZE && seen.getCount() > 0 && seen.getMin() >= 0 && seen.getMax() <= 1;
        double largest = Math.max(Math.abs(seen.getMin()), Math.abs(seen.getMax()));
        int decimals = percent || seen.getCount() == 0 || largest >= 100 ? 1 : largest >= 10 ? 2 : 3;
        return new Measure(objective.name(), objective.goal(), percent, decimals);
    }

    /** Best values first. */
    Comparator<Double> order() {
        return goal == Goal.MAXIMIZE ? Comparator.reverseOrder() : Comparator.naturalOrder();
    }

    boolean better(double a, double b) {
        return order().compare(a, b) < 0;
    }

    String unit() {
        return percent ? Numbers.NARROW_SPACE + "%" : "";
    }

    /** "71.3 %", "2.413". */
    String value(double value) {
        return number(value) + unit();
    }

    /** Without the unit. */
    String number(double value) {
        return Numbers.fixed(scaled(value), decimals);
    }

    /** "66.4 to 75.8 %". */
    String interval(Interval interval) {
        return number(interval.low()) + " to " + value(interval.high());
    }

    /** "+40.3": percentage points, or units of the objective. */
    String difference(double difference) {
        return Numbers.signed(scaled(difference), decimals);
    }

    /** What differences are counted in. */
    String differenceUnit() {
        return percent ? " points" : "";
    }

    /** A value at a tick of an axis whose ticks are {@code step} apart. */
    String tick(double value, double step) {
        double scaledStep = scaled(step);
        int decimals = scaledStep >= 1 ? 0 : (int) Math.ceil(-Math.log10(scaledStep) - 1e-9);
        return Numbers.fixed(scaled(value), decimals) + unit();
    }

    private double scaled(double value) {
        return percent ? 100 * value : value;
    }
}
