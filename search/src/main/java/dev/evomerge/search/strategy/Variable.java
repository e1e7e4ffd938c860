package dev.evomerge.search.strategy;

/**
 * One coordinate of a genome. Genomes hold numbers in [0, 1] for every kind of variable, so that any strategy can move them; those that know more
 * about a variable make better use of it.
 */
public sealed interface Variable {

    /** Continuous. */
    record Real() implements Variable {}

    /** One of {@code levels} numbers in order, each an equal part of [0, 1]. */
    record Ordered(int levels) implements Variable {}

    /** One of {@code levels} things without an order, each an equal part of [0, 1]. */
    record Category(int levels) implements Variable {}

    /** Which of {@code levels} equal parts of [0, 1] a value lies in. */
    static int level(double value, int levels) {
        return Math.min(levels - 1, (int) (value * levels));
    }

    /** The centre of a level. */
    static double centre(int level, int levels) {
        return (level + 0.5) / levels;
    }
}
