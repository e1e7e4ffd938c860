package dev.evomerge.report;

import java.util.List;
import java.util.stream.LongStream;

/**
 * A linear axis with ticks at round numbers.
 *
 * @param low  the value at {@code from}
 * @param high the value at {@code to}, {@code > low}
 * @param step between ticks, a 1, 2 or 5 times a power of ten
 * @param from pixels
 * @param to   pixels; smaller than {@code from} for an axis that points up
 */
record Axis(double low, double high, double step, double from, double to) {

    /** An axis that covers the values and ends at ticks. */
    static Axis covering(double min, double max, int ticks, double from, double to) {
        double width = max > min ? max - min : Math.max(1e-9, Math.abs(max) * 0.1);
        double step = round(width / ticks);
        return new Axis(Math.floor(min / step + 1e-9) * step, Math.ceil(max / step - 1e-9) * step, step, from, to)
                .notEmpty();
    }

    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** Where the ticks are, ascending. */
    List<Double> ticks() {
        return LongStream.rangeClosed(Math.round(low / step), Math.round(high / step))
                .mapToObj(i -> i * step)
                .toList();
    }

    private Axis notEmpty() {
        return high > low ? this : new Axis(low - step, high + step, step, from, to);
    }

    private static double round(double rough) {
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double leading = rough / power;
        return (leading <= 1 ? 1 : leading <= 2 ? 2 : leading <= 5 ? 5 : 10) * power;
    }
}
