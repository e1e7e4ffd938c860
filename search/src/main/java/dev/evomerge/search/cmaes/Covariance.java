package dev.evomerge.search.cmaes;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** The full covariance matrix C = B D² Bᵀ with its evolution path. O(n²) memory, O(n³) now and then. */
final class Covariance {

    private final int n;
    private final Weights weights;
    private final double[][] c;
    private final double[] path;
    /** Row i holds the i-th eigenvector. */
    private final double[][] eigenvectors;

    private final double[] axes;
    private final int decomposeEvery;
    private int updates;

    Covariance(int n, Weights weights) {
        this.n = n;
        this.weights = weights;
        this.c = identity(n);
        this.eigenvectors = identity(n);
        this.axes = new double[n];
        Arrays.fill(axes, 1);
        this.path = new double[n];
        // So that decompositions cost no more than the updates between them (tutorial, section B.2).
        this.decomposeEvery = Math.max(1, (int) (1 / (10 * n * (weights.c1() + weights.cMu()))));
    }

    /** B D z: turns a standard normal vector into a step. */
    double[] colour(double[] z) {
        double[] y = new double[n];
        for (int k = 0; k < n; k++) {
            double scaled = axes[k] * z[k];
            double[] axis = eigenvectors[k];
            for (int i = 0; i < n; i++) {
                y[i] += scaled * axis[i];
            }
        }
        return y;
    }

    /** C^(−1/2) y = B D⁻¹ Bᵀ y: a step as the standard normal vector in the same frame. */
    double[] whiten(double[] y) {
        double[] z = new double[n];
        for (int k = 0; k < n; k++) {
            double[] axis = eigenvectors[k];
            double along = dot(axis, y) / axes[k];
            for (int i = 0; i < n; i++) {
                z[i] += along * axis[i];
            }
        }
        return z;
    }

    /**
     * Equations (45) and (47) of the tutorial.
     *
     * @param meanStep    how the mean moved, in units of the step size
     * @param steps       the candidates' steps
     * @param stepWeights a weight per step
     * @param stalled     whether the step-size path is long, so that the path stands still
     */
    void update(double[] meanStep, double[][] steps, double[] stepWeights, boolean stalled) {
        double learning = stalled ? 0 : Math.sqrt(weights.cC() * (2 - weights.cC()) * weights.muEff());
        for (int i = 0; i < n; i++) {
            path[i] = (1 - weights.cC()) * path[i] + learning * meanStep[i];
        }
        double lost = stalled ? weights.c1() * weights.cC() * (2 - weights.cC()) : 0;
        double keep = 1
                + lost
                - weights.c1()
                - weights.cMu() * Arrays.stream(weights.covariance()).sum();
        for (double[] row : c) {
            for (int j = 0; j < n; j++) {
                row[j] *= keep;
            }
        }
        addOuter(path, weights.c1());
        for (int k = 0; k < steps.length; k++) {
            double weight = weights.cMu() * stepWeights[k];
            addOuter(steps[k], weight >= 0 ? weight : weight * n / squaredMahalanobis(steps[k]));
        }
        if (++updates % decomposeEvery == 0) {
            decompose();
        }
    }

    double largestVariance() {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, c[i][i]);
        }
        return largest;
    }

    /** The ratio of the largest to the smallest eigenvalue. */
    double condition() {
        double ratio = Arrays.stream(axes).max().orElseThrow()
                / Arrays.stream(axes).min().orElseThrow();
        return ratio * ratio;
    }

    private double squaredMahalanobis(double[] y) {
        double sum = 0;
        for (int k = 0; k < n; k++) {
            double along = dot(eigenvectors[k], y) / axes[k];
            sum += along * along;
        }
        return sum;
    }

    private void addOuter(double[] y, double weight) {
        for (int i = 0; i < n; i++) {
            double scaled = weight * y[i];
            double[] row = c[i];
            for (int j = 0; j <= i; j++) {
                row[j] += scaled * y[j];
            }
        }
    }

    private void decompose() {
        var matrix = new DMatrixRMaj(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                matrix.set(i, j, c[i][j]);
                matrix.set(j, i, c[i][j]);
            }
        }
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
        if (!eigen.decompose(matrix)) {
            return; // The last decomposition serves on; the matrix is retried after its next update.
        }
        for (int k = 0; k < n; k++) {
            axes[k] = Math.sqrt(Math.max(eigen.getEigenvalue(k).getReal(), Double.MIN_NORMAL));
            eigenvectors[k] = eigen.getEigenVector(k).getData().clone();
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[][] identity(int n) {
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            matrix[i][i] = 1;
        }
        return matrix;
    }
}
