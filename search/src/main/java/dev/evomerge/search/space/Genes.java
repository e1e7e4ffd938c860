package dev.evomerge.search.space;

import dev.evomerge.search.SearchException;
import dev.evomerge.search.Space.Bounds;

/** The map between [0, 1] and the values of a bounded parameter. */
final class Genes {

    private Genes() {}

    static double value(Bounds bounds, double unit) {
        // In this form both ends are exact.
        return bounds.low() * (1 - unit) + bounds.high() * unit;
    }

    /**
     * @param what names the parameter in the message
     * @throws SearchException if the value lies outside the bounds
     */
    static double unit(Bounds bounds, double value, String what) {
        if (!(value >= bounds.low() && value <= bounds.high())) {
            throw new SearchException(what + " is " + value + ", expected " + bounds.low() + " to " + bounds.high());
        }
        return (value - bounds.low()) / (bounds.high() - bounds.low());
    }

    static void check(Bounds bounds, String what) {
        if (!(bounds.low() < bounds.high()) || !Double.isFinite(bounds.low()) || !Double.isFinite(bounds.high())) {
            throw new SearchException("bounds of " + what + " must be finite with low < high, found " + bounds.low()
                    + " and " + bounds.high());
        }
    }
}
