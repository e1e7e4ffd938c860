package dev.evomerge.bench.search;

import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.space.Encoding;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * What merges of the models of {@code examples/maths-ja} answer, between and around those that were made for real ({@link OutcomeTable}).
 *
 * <p>Per question, a Gaussian process over genomes is above 0 where it is answered right. It has the prior mean −1, Matérn's covariance with
 * ν = 5/2, and runs through ±1 at the real merges; a landscape is one sample of it, by Matheron's rule (Wilson and others, "Efficiently sampling
 * functions from Gaussian process posteriors", ICML 2020), so that landscapes agree at the real merges and differ in between as the data allow. A
 * part of what is drawn is shared by all questions, since questions fail together.
 */
final class RealMerges implements MergeSimulation.Landscape {

    static final String DESCRIPTION =
            "examples/maths-ja: task arithmetic of maths and japanese, weights 0 to 1.5, groups of two layers";

    private static final int LAYERS = 5;
    private static final SortedMap<String, Integer> MODELS = new TreeMap<>(Map.of("maths", LAYERS, "japanese", LAYERS));
    private static final Space.ParameterSpace SPACE = new Space.ParameterSpace(
            MergeMethod.TASK_ARITHMETIC,
            List.of("maths", "japanese"),
            Optional.of(2),
            new Space.Bounds(0, 1.5),
            new Space.Bounds(0.1, 1),
            false);

    /** How many of the table's questions each split has; the splits lie there in this order. */
    static final Map<Split, Integer> SIZES = Map.of(Split.SEARCH, 500, Split.SELECTION, 200, Split.TEST, 200);

    private static final double PRIOR = -1;
    private static final double LENGTH = 0.8;
    private static final double NUGGET = 0.003;
    private static final double SHARED = 0.5;
    private static final int FEATURES = 512;

    private final OutcomeTable table;
    private final Encoding encoding = encoding();

    /** Per feature its frequencies and its phase; the prior's sample is a sum of cosines. */
    private final double[][] frequencies;

    private final double[] phases;

    /** Per question a row of one number per feature. */
    private final DMatrixRMaj amplitudes;

    /** Per question a row of one number per real merge. */
    private final DMatrixRMaj corrections;

    /** The table's own part, which all landscapes share. */
    static final class Data {
        private final OutcomeTable table;
        private final LinearSolverDense<DMatrixRMaj> solver;

        Data(OutcomeTable table) {
            this.table = table;
            int n = table.genomes().length;
            var covariance = new DMatrixRMaj(n, n);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    covariance.set(i, j, matern(table.genomes()[i], table.genomes()[j]) + (i == j ? NUGGET : 0));
                }
            }
            this.solver = LinearSolverFactory_DDRM.symmPosDef(n);
            if (!solver.setA(covariance)) {
                throw new IllegalStateException("the covariance of the real merges is singular");
            }
        }
    }

    /** The landscape of a seed. */
    RealMerges(Data data, long seed) {
        this.table = data.table;
        int n = table.genomes().length;
        int questions = table.questions();
        var draws = Draws.of(seed, 0x726d);
        this.frequencies = new double[FEATURES][];
        this.phases = new double[FEATURES];
        for (int m = 0; m < FEATURES; m++) {
            double chiSquare = Arrays.stream(draws.gaussians(5)).map(z -> z * z).sum();
            double scale = Math.sqrt(5 / chiSquare) / LENGTH;
            frequencies[m] = Arrays.stream(draws.gaussians(encoding.dimension()))
                    .map(z -> z * scale)
                    .toArray();
            phases[m] = 2 * Math.PI * draws.nextDouble();
        }
        this.amplitudes = new DMatrixRMaj(questions, FEATURES);
        for (int m = 0; m < FEATURES; m++) {
            double common = draws.nextGaussian();
            for (int q = 0; q < questions; q++) {
                double amplitude = Math.sqrt(SHARED) * common + Math.sqrt(1 - SHARED) * draws.nextGaussian();
                amplitudes.set(q, m, amplitude * Math.sqrt(2.0 / FEATURES));
            }
        }
        var features = new DMatrixRMaj(n, FEATURES);
        for (int i = 0; i < n; i++) {
            System.arraycopy(features(table.genomes()[i]), 0, features.data, i * FEATURES, FEATURES);
        }
        var missing = new DMatrixRMaj(n, questions);
        CommonOps_DDRM.multTransB(-1, features, amplitudes, missing);
        for (int i = 0; i < n; i++) {
            for (int q = 0; q < questions; q++) {
                double wanted = table.outcomes()[i][q] ? 1 : -1;
                missing.add(i, q, wanted - PRIOR - Math.sqrt(NUGGET) * draws.nextGaussian());
            }
        }
        data.solver.solve(missing, missing);
        this.corrections = CommonOps_DDRM.transpose(missing, null);
    }

    static Encoding encoding() {
        return Encoding.of(
                SPACE,
                spec(1, new Fidelity.AllQuestions(), new Budget(Optional.of(1), Optional.empty()), Set.of()),
                MODELS);
    }

    static SearchSpec spec(long seed, Fidelity fidelity, Budget budget, Set<Split> splits) {
        var stage = new Stage(
                "weights",
                SPACE,
                new Algorithm.CmaEs(Optional.empty(), Optional.of(8)),
                budget,
                fidelity,
                List.of(),
                List.of());
        return new SearchSpec(
                seed,
                MODELS,
                Optional.of("base"),
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(),
                List.of(stage),
                3,
                splits);
    }

    @Override
    public MergeSimulation.Merge merge(Recipe recipe) {
        Real real = at(encoding.encode(recipe));
        return (split, question) -> real.isRight(question
                + switch (split) {
                    case SEARCH -> 0;
                    case SELECTION -> SIZES.get(Split.SEARCH);
                    case TEST -> SIZES.get(Split.SEARCH) + SIZES.get(Split.SELECTION);
                });
    }

    /** Which of the table's questions a merge answers right. */
    interface Real {
        boolean isRight(int question);
    }

    Real at(double[] genome) {
        double[] features = features(genome);
        double[] covariances = new double[table.genomes().length];
        Arrays.setAll(covariances, i -> matern(genome, table.genomes()[i]));
        return q -> {
            double value = PRIOR;
            for (int m = 0; m < FEATURES; m++) {
                value += features[m] * amplitudes.get(q, m);
            }
            for (int i = 0; i < covariances.length; i++) {
                value += covariances[i] * corrections.get(q, i);
            }
            return value > 0;
        };
    }

    private double[] features(double[] genome) {
        double[] features = new double[FEATURES];
        for (int m = 0; m < FEATURES; m++) {
            double phase = phases[m];
            for (int k = 0; k < genome.length; k++) {
                phase += frequencies[m][k] * genome[k];
            }
            features[m] = Math.cos(phase);
        }
        return features;
    }

    private static double matern(double[] a, double[] b) {
        double squares = 0;
        for (int k = 0; k < a.length; k++) {
            squares += (a[k] - b[k]) * (a[k] - b[k]);
        }
        double r = Math.sqrt(5 * squares) / LENGTH;
        return (1 + r + r * r / 3) * Math.exp(-r);
    }
}
