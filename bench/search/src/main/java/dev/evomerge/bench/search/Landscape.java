package dev.evomerge.bench.search;

import dev.evomerge.search.random.Draws;

/** Test functions in the manner of BBOB, with the optimum's place drawn from the seed; landscapes.py holds the same. */
enum Landscape {
    SPHERE(1e-8, 0),
    ELLIPSOID(1e-8, 0),
    ROSENBROCK(1e-8, 0),
    RASTRIGIN(1e-3, 0),
    STEP_ELLIPSOID(1e-8, 0),
    NOISY_SPHERE(1e-6, 0.2),
    NOISY_RASTRIGIN(1e-3, 0.1);

    /** Half the width of the box in which the functions are searched: [−5, 5]ⁿ. */
    private static final double HALF_WIDTH = 5;

    private final double target;
    private final double noise;

    Landscape(double target, double noise) {
        this.target = target;
        this.noise = noise;
    }

    boolean isMultimodal() {
        return this == RASTRIGIN || this == NOISY_RASTRIGIN;
    }

    /** The value to be reached; Rastrigin in 64 dimensions is only to be left half-way: its optimum takes too long for twenty runs. */
    double target(int n) {
        return isMultimodal() && n > 20 ? (noise == 0 ? 50 : 500) : target;
    }

    /** The usual one; larger, so that most runs hit the target, where there are many optima or plateaus. */
    int populationSize(int n) {
        return isMultimodal() ? (n > 20 ? 20 : 80) * n : this == STEP_ELLIPSOID ? 5 * n : 4 + (int) (3 * Math.log(n));
    }

    int budget(int n) {
        return (isMultimodal() ? 20_000 : 3_000) * n;
    }

    /** What an optimizer is told of a value: multiplied by exp(noise · N(0, 1)), as in BBOB's noisy functions. */
    double measured(double value, Draws draws) {
        return noise == 0 ? value : value * Math.exp(noise * draws.nextGaussian());
    }

    /** @param genome in [0, 1]ⁿ */
    double value(double[] genome, double[] optimum) {
        double[] z = new double[genome.length];
        for (int i = 0; i < z.length; i++) {
            z[i] = HALF_WIDTH * (2 * genome[i] - 1) - optimum[i];
        }
        return switch (this) {
            case SPHERE, NOISY_SPHERE -> ellipsoid(z, 1);
            case ELLIPSOID -> ellipsoid(z, 1e6);
            case ROSENBROCK -> rosenbrock(z);
            case RASTRIGIN, NOISY_RASTRIGIN -> rastrigin(z);
            case STEP_ELLIPSOID -> stepEllipsoid(z);
        };
    }

    static double[] optimum(int n, int seed) {
        double[] optimum = new double[n];
        long state = seed + 1;
        for (int i = 0; i < n; i++) {
            state = (1103515245 * state + 12345) % (1L << 31);
            optimum[i] = -3 + 6 * (state / (double) (1L << 31));
        }
        return optimum;
    }

    private static double ellipsoid(double[] z, double condition) {
        double sum = 0;
        for (int i = 0; i < z.length; i++) {
            sum += Math.pow(condition, i / (z.length - 1.0)) * z[i] * z[i];
        }
        return sum;
    }

    private static double rosenbrock(double[] z) {
        double scale = Math.max(1, Math.sqrt(z.length) / 8);
        double sum = 0;
        for (int i = 0; i + 1 < z.length; i++) {
            double a = scale * z[i] + 1;
            double b = scale * z[i + 1] + 1;
            sum += 100 * (a * a - b) * (a * a - b) + (a - 1) * (a - 1);
        }
        return sum;
    }

    private static double rastrigin(double[] z) {
        double sum = 0;
        for (double v : z) {
            sum += 10 * (1 - Math.cos(2 * Math.PI * v)) + v * v;
        }
        return sum;
    }

    private static double stepEllipsoid(double[] z) {
        double sum = 0;
        for (int i = 0; i < z.length; i++) {
            double step = Math.abs(z[i]) > 0.5 ? Math.floor(0.5 + z[i]) : Math.floor(0.5 + 10 * z[i]) / 10;
            sum += Math.pow(100, i / (z.length - 1.0)) * step * step;
        }
        return 0.1 * Math.max(Math.abs(z[0]) / 1e4, sum);
    }
}
