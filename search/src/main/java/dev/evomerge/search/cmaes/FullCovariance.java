package dev.evomerge.search.cmaes;

import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** The full covariance matrix C = B D² Bᵀ with its evolution path. O(n²) memory, O(n³) now and then. */
final class FullCovariance implements Covariance {

    private final int n;
    private final Weights weights;
    private final double[][] c;
    private final double[] path;
    /** Row i holds the i-th eigenvector. */
    private final double[][] eigenvectors;

    private final double[] axes;
    private final int decomposeEvery;
    private int updates;

    FullCovariance(int n, Weights weights) {
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

    @Override
    public double[] colour(double[] z) {
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

    @Override
    public double[] whiten(double[] y) {
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

    @Override
    public void update(double[] meanStep, double[][] steps, double[] stepWeights, boolean stalled) {
        Covariance.advance(path, meanStep, weights, stalled);
        double keep = Covariance.kept(weights, stalled);
        for (double[] row : c) {
            for (int j = 0; j < n; j++) {
                row[j] *= keep;
            }
        }
        addOuter(path, weights.c1());
        for (int k = 0; k < steps.length; k++) {
            double weight = weights.cMu() * stepWeights[k];
            addOuter(steps[k], weight >= 0 ? weight : Covariance.ofBadStep(weight, n, squaredMahalanobis(steps[k])));
        }
        if (++updates % decomposeEvery == 0) {
            decompose();
        }
    }

    @Override
    public double begin(List<double[]> deviations) {
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            matrix[i][i] = WARM_SPREAD * WARM_SPREAD;
            for (double[] deviation : deviations) {
                for (int j = 0; j < n; j++) {
                    matrix[i][j] += deviation[i] * deviation[j] / deviations.size();
                }
            }
        }
        return replaceNormalized(matrix);
    }

    /** Puts a matrix in place, scaled to the determinant 1, and returns the square root of the scale. */
    double replaceNormalized(double[][] matrix) {
        replace(matrix);
        double sigma = StrictMath.exp(logDeterminant() / (2 * n));
        double[][] normalized = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                normalized[i][j] = matrix[i][j] / (sigma * sigma);
            }
        }
        replace(normalized);
        return sigma;
    }

    @Override
    public double variance(int i) {
        return c[i][i];
    }

    @Override
    public double condition() {
        double ratio = Arrays.stream(axes).max().orElseThrow()
                / Arrays.stream(axes).min().orElseThrow();
        return ratio * ratio;
    }

    FullCovariance copy() {
        var copy = new FullCovariance(n, weights);
        for (int i = 0; i < n; i++) {
            copy.c[i] = c[i].clone();
            copy.eigenvectors[i] = eigenvectors[i].clone();
        }
        System.arraycopy(axes, 0, copy.axes, 0, n);
        System.arraycopy(path, 0, copy.path, 0, n);
        copy.updates = updates;
        return copy;
    }

    /** The matrix; only the lower triangle is kept. */
    double element(int i, int j) {
        return i >= j ? c[i][j] : c[j][i];
    }

    private void replace(double[][] matrix) {
        for (int i = 0; i < n; i++) {
            System.arraycopy(matrix[i], 0, c[i], 0, n);
        }
        decompose();
    }

    /** C^(−½) M C^(−½) for a symmetric M. */
    double[][] whitenBoth(double[][] m) {
        double[][] half = new double[n][];
        for (int i = 0; i < n; i++) {
            half[i] = whiten(m[i]);
        }
        double[][] whole = new double[n][];
        double[] column = new double[n];
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < n; i++) {
                column[i] = half[i][j];
            }
            whole[j] = whiten(column);
        }
        return whole;
    }

    /** The product of the eigenvalues, as its logarithm. */
    private double logDeterminant() {
        double sum = 0;
        for (double axis : axes) {
            sum += 2 * StrictMath.log(axis);
        }
        return sum;
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
