package dev.evomerge.merge;

import java.util.List;
import java.util.Optional;

/**
 * How vectors are blended, from their inner products to one coefficient each. The formulas are those of mergekit 0.1.5, taken on inner
 * products in 64 bits.
 */
@FunctionalInterface
interface Blend {

    /**
     * The blend's coefficients.
     *
     * @param gram the inner products of all pairs of vectors
     */
    double[] coefficients(double[][] gram);

    /** Spherical interpolation from the first to the second (Shoemake 1985); linear where they are nearly parallel. */
    static Blend slerp(double t) {
        return gram -> {
            double a = length(gram[0][0], 1e-8);
            double b = length(gram[1][1], 1e-8);
            double cosine = Math.clamp(gram[0][1] / (a * b), -1.0, 1.0);
            return Math.abs(cosine) > 0.9995 ? new double[] {1 - t, t} : arc(t, Math.acos(cosine));
        };
    }

    private static double length(double square, double least) {
        double length = Math.sqrt(square);
        return length > least ? length : 1;
    }

    private static double[] arc(double t, double angle) {
        return new double[] {Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)};
    }

    /** Spherical interpolation by the share of the second weight; linear where the vectors are parallel. */
    static Blend nuslerp(double[] weights) {
        double total = weights[0] + weights[1];
        double t = Math.abs(total) < 1e-6 ? 0.5 : weights[1] / total;
        return gram -> {
            double a = Math.max(Math.sqrt(gram[0][0]), 1e-7);
            double b = Math.max(Math.sqrt(gram[1][1]), 1e-7);
            double cosine = Math.clamp(gram[0][1] / (a * b), -1.0, 1.0);
            return 1 - cosine * cosine <= 1e-16 ? new double[] {1 - t, t} : arc(t, Math.acos(cosine));
        };
    }

    /**
     * Barycentric interpolation in the tangent space at the weighted mean direction.
     *
     * @param tensor its name, for the message when the mean has no direction
     */
    static Blend multislerp(String tensor, double[] given, boolean normalize, double eps) {
        int n = given.length;
        double total = 0;
        for (double weight : given) {
            total += weight;
        }
        double[] weights = given.clone();
        for (int i = 0; normalize && i < n; i++) {
            weights[i] /= total;
        }
        return gram -> {
            double[] norms = norms(gram);
            double[][] unit = new double[n][n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    unit[i][j] = gram[i][j] / ((norms[i] + eps) * (norms[j] + eps));
                }
            }
            double length = Math.sqrt(product(unit, weights, weights));
            if (length < eps && n == 2) {
                return weights;
            }
            if (length < eps) {
                throw new MergeException(List.of(new Problem(
                        "",
                        Optional.of(tensor),
                        "directions whose weighted sum is zero",
                        "other weights for multislerp")));
            }
            double[] mean = scaled(weights, 1 / length);
            double along = 0;
            for (int i = 0; i < n; i++) {
                along += weights[i] * dot(unit, i, mean);
            }
            double[] tangent = new double[n];
            for (int i = 0; i < n; i++) {
                tangent[i] = weights[i] - along * mean[i];
            }
            double angle = Math.sqrt(Math.max(0, product(unit, tangent, tangent))) + eps;
            double size = 0;
            for (int i = 0; i < n; i++) {
                size += weights[i] * norms[i];
            }
            double[] result = new double[n];
            for (int i = 0; i < n; i++) {
                double direction = mean[i] * Math.cos(angle) + tangent[i] * Math.sin(angle) / angle;
                result[i] = size * direction / (norms[i] + eps);
            }
            return result;
        };
    }

    /** The Karcher mean of directions by fixed-point iteration, with the mean length. */
    static Blend karcher(int iterations, double tolerance) {
        return gram -> {
            int n = gram.length;
            double[] norms = norms(gram);
            double[][] unit = new double[n][n];
            double[] alphas = new double[n];
            int valid = 0;
            for (int i = 0; i < n; i++) {
                alphas[i] = norms[i] > tolerance ? 1 : 0;
                valid += (int) alphas[i];
                for (int j = 0; j < n; j++) {
                    unit[i][j] = norms[i] > tolerance && norms[j] > tolerance ? gram[i][j] / (norms[i] * norms[j]) : 0;
                }
            }
            if (valid == 0) {
                return new double[n];
            }
            double[] mean = karcherMean(unit, scaled(alphas, 1.0 / valid), iterations, tolerance);
            double size = 0;
            for (double norm : norms) {
                size += norm / n;
            }
            double[] result = new double[n];
            for (int i = 0; i < n; i++) {
                result[i] = alphas[i] == 0 ? 0 : size * mean[i] / norms[i];
            }
            return result;
        };
    }

    private static double[] karcherMean(double[][] unit, double[] alphas, int iterations, double tolerance) {
        int n = alphas.length;
        double length = Math.sqrt(Math.max(0, product(unit, alphas, alphas)));
        double[] mean = new double[n];
        if (length < tolerance) {
            mean[firstPositive(alphas)] = 1;
        } else {
            mean = scaled(alphas, 1 / length);
        }
        for (int iteration = 0; iteration < iterations; iteration++) {
            double[] tangent = new double[n];
            for (int i = 0; i < n; i++) {
                double cosine = Math.clamp(dot(unit, i, mean), -1.0, 1.0);
                double angle = Math.acos(cosine);
                if (alphas[i] == 0 || angle < tolerance) {
                    continue;
                }
                double factor = alphas[i] * angle / Math.sin(angle);
                tangent[i] += factor;
                for (int j = 0; j < n; j++) {
                    tangent[j] -= factor * cosine * mean[j];
                }
            }
            double step = Math.sqrt(Math.max(0, product(unit, tangent, tangent)));
            if (step < tolerance) {
                break;
            }
            for (int i = 0; i < n; i++) {
                mean[i] = Math.cos(step) * mean[i] + Math.sin(step) * tangent[i] / step;
            }
            double size = Math.sqrt(Math.max(0, product(unit, mean, mean)));
            if (size > tolerance) {
                mean = scaled(mean, 1 / size);
            }
        }
        return mean;
    }

    private static int firstPositive(double[] values) {
        int i = 0;
        while (values[i] <= 0) {
            i++;
        }
        return i;
    }

    /** Model stock (arXiv 2403.19522): how far to go from the base to the average of n models at a mean angle θ: n·cos θ / (1 + (n−1)·cos θ). */
    static Blend modelStock() {
        return gram -> {
            int n = gram.length;
            double[] norms = norms(gram);
            double sum = 0;
            for (int i = 0; i < n; i++) {
                for (int j = i + 1; j < n; j++) {
                    sum += Math.clamp(gram[i][j] / Math.max(norms[i] * norms[j], 1e-6), -1.0, 1.0);
                }
            }
            double cosine = sum / (n * (n - 1) / 2.0);
            double divisor = 1 + (n - 1) * cosine;
            double t = Math.abs(divisor) < 1e-6 ? 0 : n * cosine / divisor;
            double[] result = new double[n];
            java.util.Arrays.fill(result, t / n);
            return result;
        };
    }

    private static double[] norms(double[][] gram) {
        double[] norms = new double[gram.length];
        for (int i = 0; i < norms.length; i++) {
            norms[i] = Math.sqrt(gram[i][i]);
        }
        return norms;
    }

    private static double[] scaled(double[] x, double factor) {
        double[] result = x.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] *= factor;
        }
        return result;
    }

    /** The inner product of vector i with Σ x<sub>j</sub>·vector j. */
    private static double dot(double[][] gram, int i, double[] x) {
        double sum = 0;
        for (int j = 0; j < x.length; j++) {
            sum += gram[i][j] * x[j];
        }
        return sum;
    }

    private static double product(double[][] gram, double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * dot(gram, i, y);
        }
        return sum;
    }
}
