package dev.evomerge.search.cmaes;

/**
 * Bounds by reflection: the strategy walks over all of ℝⁿ, and a coordinate outside [0, 1] is mirrored at the bounds until it is inside.
 *
 * <p>The map is continuous, never stretches (so the sampled density is not distorted inside), and puts an optimum on a bound into the interior of
 * the strategy's space, where it is found like any other. Nothing is resampled or penalised, so no candidate is wasted.
 */
final class Box {

    private Box() {}

    static double[] reflect(double[] x) {
        double[] inside = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            inside[i] = reflect(x[i]);
        }
        return inside;
    }

    static double reflect(double x) {
        double inPeriod = Math.abs(x) % 2;
        return inPeriod <= 1 ? inPeriod : 2 - inPeriod;
    }
}
