package dev.evomerge.search.stats;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * A Gaussian process of abilities over genomes: near genomes have like abilities. The covariance of two candidates at the distance d is
 * {@code shared}·M(d/length), M being Matérn's with ν = 5/2, and a candidate has a variance {@code own} besides, which it shares with nobody.
 *
 * @param shared variance of what is shared with near genomes, ≥ 0
 * @param length distance over which it is shared, > 0
 * @param own    variance of what is a candidate's own, > 0
 */
record Alikeness(double shared, double length, double own) {

    /** The grid: lengths in diagonals of the cube, variances in shares of what noise does not explain. */
    private static final double[] LENGTHS = {0.05, 0.1, 0.2, 0.4, 0.8};

    private static final double[] SHARED = {0.5, 1, 2};
    private static final double[] OWN = {0.02, 0.2};

    /**
     * The likeliest of a grid, by the marginal likelihood of noisy abilities.
     *
     * @param abilities per candidate, around 0
     * @param variances of their errors
     * @param distances between the candidates' genomes
     * @param dimension of the genomes
     */
    static Alikeness likeliest(double[] abilities, double[] variances, double[][] distances, int dimension) {
        double noise = Arrays.stream(variances).average().orElseThrow();
        double spread = Arrays.stream(abilities).map(a -> a * a).average().orElseThrow();
        double signal = Math.max(spread - noise, 0.1 * spread + 1e-3);
        Alikeness best = new Alikeness(0, 1, signal);
        double bestLikelihood = best.logLikelihood(abilities, variances, distances);
        for (double length : LENGTHS) {
            for (double shared : SHARED) {
                for (double own : OWN) {
                    var next = new Alikeness(shared * signal, length * Math.sqrt(dimension), own * signal);
                    double likelihood = next.logLikelihood(abilities, variances, distances);
                    if (likelihood > bestLikelihood) {
                        best = next;
                        bestLikelihood = likelihood;
                    }
                }
            }
        }
        return best;
    }

    /** The covariance matrix of candidates. */
    double[][] covariance(double[][] distances) {
        int n = distances.length;
        double[][] covariance = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                covariance[i][j] = covariance(distances[i][j]);
                covariance[j][i] = covariance[i][j];
            }
            covariance[i][i] = shared + own;
        }
        return covariance;
    }

    private double covariance(double distance) {
        double r = Math.sqrt(5) * distance / length;
        return shared * (1 + r + r * r / 3) * StrictMath.exp(-r);
    }

    /** Up to a constant. */
    private double logLikelihood(double[] values, double[] variances, double[][] distances) {
        int n = values.length;
        var matrix = new DMatrixRMaj(covariance(distances));
        for (int i = 0; i < n; i++) {
            matrix.add(i, i, variances[i]);
        }
        double[] lower = cholesky(matrix);
        double[] whitened = values.clone();
        TriangularSolver_DDRM.solveL(lower, whitened, n);
        double likelihood = 0;
        for (int i = 0; i < n; i++) {
            likelihood -= whitened[i] * whitened[i] / 2 + StrictMath.log(lower[i * n + i]);
        }
        return likelihood;
    }

    /** One Newton step to the posterior mode (Rasmussen and Williams, "Gaussian processes for machine learning", algorithm 3.1). */
    static double[] step(double[][] covariance, double[] abilities, double[] gradient, double[] curvature) {
        int n = abilities.length;
        double[] b = new double[n];
        double[] root = new double[n];
        for (int i = 0; i < n; i++) {
            b[i] = curvature[i] * abilities[i] + gradient[i];
            root[i] = Math.sqrt(curvature[i]);
        }
        var matrix = new DMatrixRMaj(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                matrix.set(i, j, root[i] * covariance[i][j] * root[j] + (i == j ? 1 : 0));
            }
        }
        double[] solution = times(covariance, b);
        for (int i = 0; i < n; i++) {
            solution[i] *= root[i];
        }
        double[] lower = cholesky(matrix);
        TriangularSolver_DDRM.solveL(lower, solution, n);
        TriangularSolver_DDRM.solveTranL(lower, solution, n);
        for (int i = 0; i < n; i++) {
            b[i] -= root[i] * solution[i];
        }
        return times(covariance, b);
    }

    private static double[] cholesky(DMatrixRMaj matrix) {
        CholeskyDecomposition_F64<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.chol(matrix.numRows, true);
        if (!decomposition.decompose(matrix)) {
            throw new IllegalStateException("a covariance matrix with its noise is positive definite");
        }
        return decomposition.getT(null).data;
    }

    private static double[] times(double[][] matrix, double[] vector) {
        double[] product = new double[vector.length];
        for (int i = 0; i < product.length; i++) {
            for (int j = 0; j < vector.length; j++) {
                product[i] += matrix[i][j] * vector[j];
            }
        }
        return product;
    }
}
