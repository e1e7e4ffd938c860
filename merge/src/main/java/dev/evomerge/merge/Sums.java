package dev.evomerge.merge;

/** Sums of floats in 64 bits, in one fixed order, so that they are the same on every machine. */
final class Sums {

    private Sums() {}

    /** Σ x·y. Four sums side by side keep the adders busy. */
    static double product(float[] x, float[] y, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 4 <= to; i += 4) {
            a += (double) x[i] * y[i];
            b += (double) x[i + 1] * y[i + 1];
            c += (double) x[i + 2] * y[i + 2];
            d += (double) x[i + 3] * y[i + 3];
        }
        for (; i < to; i++) {
            a += (double) x[i] * y[i];
        }
        return (a + b) + (c + d);
    }
}
