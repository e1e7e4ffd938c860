package dev.evomerge.search.cmaes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.search.random.Draws;
import dev.evomerge.search.strategy.Strategy;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CmaEsTest {

    /** The least loss after at most {@code evaluations}. */
    private static double minimize(Strategy strategy, ToDoubleFunction<double[]> loss, int evaluations) {
        double best = Double.POSITIVE_INFINITY;
        for (int done = 0; done < evaluations; ) {
            var genomes = strategy.ask();
            double[][] losses = genomes.stream()
                    .map(genome -> new double[] {loss.applyAsDouble(genome)})
                    .toArray(double[][]::new);
            for (double[] row : losses) {
                best = Math.min(best, row[0]);
            }
            strategy.tell(losses);
            done += losses.length;
        }
        return best;
    }

    private static double ellipsoid(double[] x, double optimum) {
        return IntStream.range(0, x.length)
                .mapToDouble(i -> Math.pow(1e6, i / (x.length - 1.0)) * (x[i] - optimum) * (x[i] - optimum))
                .sum();
    }

    private static CmaEs.Settings settings(int n, int population, boolean diagonal, boolean noise, long seed) {
        double[] centre = new double[n];
        Arrays.fill(centre, 0.5);
        return new CmaEs.Settings(
                centre,
                1.0 / 6,
                population,
                diagonal,
                noise,
                Collections.nCopies(n, new Variable.Real()),
                List.of(),
                List.of(),
                seed);
    }

    @Test
    void findsTheOptimumOfAnIllConditionedEllipsoid() {
        assertThat(minimize(new CmaEs(settings(10, 10, false, false, 1)), x -> ellipsoid(x, 0.7), 8_000))
                .isLessThan(1e-10);
    }

    @Test
    void findsAnOptimumInACorner() {
        assertThat(minimize(new CmaEs(settings(6, 9, false, false, 2)), x -> ellipsoid(x, 1), 5_000))
                .isLessThan(1e-8);
    }

    @Test
    void findsAnOptimumBeyondTheBoundsAtTheBound() {
        double atBound = ellipsoid(new double[] {1, 1, 1, 1}, 1.2);

        assertThat(minimize(new CmaEs(settings(4, 8, false, false, 3)), x -> ellipsoid(x, 1.2), 5_000))
                .isBetween(atBound, atBound * (1 + 1e-6));
    }

    @Test
    void theDiagonalFormIsQuickWhereVariablesAreSeparate() {
        double diagonal = minimize(new CmaEs(settings(100, 20, true, false, 4)), x -> ellipsoid(x, 0.6), 40_000);

        assertThat(diagonal).isLessThan(1e-6);
    }

    @Test
    void adaptedLearningRatesStandNoiseThatMisleadsThePlainForm() {
        // Additive noise a hundred times the wanted precision.
        var noise = Draws.of(9);
        ToDoubleFunction<double[]> noisy = x -> sphere(x) + 0.05 * noise.nextGaussian();
        var plain = new CmaEs(settings(10, 10, false, false, 5));
        var adapted = new CmaEs(settings(10, 10, false, true, 5));

        minimize(plain, noisy, 20_000);
        minimize(adapted, noisy, 20_000);

        assertThat(sphere(adapted.mean())).isLessThan(0.5 * sphere(plain.mean()));
    }

    private static double sphere(double[] x) {
        return Arrays.stream(x).map(v -> (v - 0.7) * (v - 0.7)).sum();
    }

    @Test
    void aFailureOnEveryOtherPlaceDoesNotStopTheSearch() {
        var count = new int[1];
        assertThat(minimize(
                        new CmaEs(settings(6, 10, false, false, 6)),
                        x -> count[0]++ % 2 == 0 ? Double.POSITIVE_INFINITY : ellipsoid(x, 0.7),
                        20_000))
                .isLessThan(1e-8);
    }

    @Test
    void aGenerationOfFailuresMovesNothing() {
        var strategy = new CmaEs(settings(3, 6, false, false, 7));
        double[][] failed = new double[6][1];
        Arrays.stream(failed).forEach(row -> row[0] = Double.POSITIVE_INFINITY);

        strategy.tell(failed);

        assertThat(strategy.mean()).containsExactly(new double[] {0.5, 0.5, 0.5}, within(0.2));
        assertThat(strategy.ask()).allSatisfy(genome -> assertThat(genome).doesNotContain(Double.NaN));
    }

    @Test
    void orderedVariablesNeverGetStuck() {
        // With 3 levels each, plain rounding stops once all samples share a level; the margin keeps neighbours in
        // reach.
        var variables = new ArrayList<Variable>(Collections.nCopies(8, new Variable.Ordered(3)));
        variables.addAll(Collections.nCopies(2, new Variable.Real()));
        double[] start = new double[10];
        Arrays.fill(start, 0.5);
        ToDoubleFunction<double[]> loss =
                x -> IntStream.range(0, 8).map(i -> 2 - Variable.level(x[i], 3)).sum()
                        + 100 * (x[8] - 0.2) * (x[8] - 0.2)
                        + 100 * (x[9] - 0.9) * (x[9] - 0.9);

        for (int seed = 0; seed < 5; seed++) {
            var strategy = new CmaEs(
                    new CmaEs.Settings(start, 1.0 / 6, 12, false, false, variables, List.of(), List.of(), seed));
            assertThat(minimize(strategy, loss, 6_000)).isLessThan(1e-6);
        }
    }

    @Test
    void categoriesAreFoundTogetherWithNumbers() {
        var variables = new ArrayList<Variable>();
        for (int i = 0; i < 6; i++) {
            variables.add(new Variable.Category(4));
            variables.add(new Variable.Real());
        }
        double[] start = new double[12];
        Arrays.fill(start, 0.5);
        // The right number depends on nothing, but a wrong category costs more than any number can.
        ToDoubleFunction<double[]> loss = x -> IntStream.range(0, 6)
                .mapToDouble(i -> (Variable.level(x[2 * i], 4) == i % 4 ? 0 : 1) + Math.pow(x[2 * i + 1] - 0.1 * i, 2))
                .sum();

        for (int seed = 0; seed < 5; seed++) {
            var strategy = new MixedCmaEs(
                    new CmaEs.Settings(start, 1.0 / 6, 14, false, false, variables, List.of(), List.of(), seed));
            assertThat(minimize(strategy, loss, 8_000)).isLessThan(1e-6);
        }
    }

    @Test
    void restartsFindTheGlobalOptimumThatOneRunMisses() {
        ToDoubleFunction<double[]> rastrigin = x -> Arrays.stream(x)
                .map(v -> 10 * v - 7)
                .map(z -> 10 * (1 - Math.cos(2 * Math.PI * z)) + z * z)
                .sum();
        int solvedOnce = 0;
        int solvedWithRestarts = 0;
        for (int seed = 0; seed < 5; seed++) {
            var settings = settings(4, 8, false, false, seed);
            solvedOnce += minimize(new CmaEs(settings), rastrigin, 5_000) < 1e-6 ? 1 : 0;
            solvedWithRestarts += minimize(new Bipop(settings, CmaEs::new), rastrigin, 60_000) < 1e-6 ? 1 : 0;
        }
        assertThat(solvedWithRestarts).isGreaterThanOrEqualTo(4).isGreaterThan(solvedOnce);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBadInjectedGenomeWhereTheSearchBeginsTeachesNothing(boolean diagonal) {
        var plain = settings(4, 8, diagonal, false, 8);
        var strategy = new CmaEs(new CmaEs.Settings(
                plain.start(),
                plain.sigma(),
                8,
                diagonal,
                false,
                plain.variables(),
                List.of(plain.start()),
                List.of(),
                plain.seed()));
        double[][] losses = new double[8][1];
        Arrays.setAll(losses, k -> new double[] {-k});
        strategy.ask();
        strategy.tell(losses);
        assertThat(Arrays.stream(strategy.variances())).allMatch(variance -> variance > 0 && Double.isFinite(variance));
    }

    @Test
    void injectedGenomesAreScoredAsTheyAreAndLearntFrom() {
        double[] known = {0.9, 0.1, 0.9, 0.1};
        var plain = settings(4, 8, false, false, 8);
        var settings = new CmaEs.Settings(
                plain.start(),
                plain.sigma(),
                8,
                false,
                false,
                plain.variables(),
                List.of(known),
                List.of(),
                plain.seed());
        var strategy = new CmaEs(settings);

        assertThat(strategy.ask().getFirst()).containsExactly(known);
        double[][] losses = new double[8][1];
        Arrays.setAll(losses, k -> new double[] {k});
        strategy.tell(losses);
        assertThat(strategy.mean()[0]).isGreaterThan(0.5);
        assertThat(strategy.mean()[1]).isLessThan(0.5);
    }

    @Test
    void aWarmStartIsWhereTheEarlierSearchWasGood() {
        var elite = IntStream.range(0, 10)
                .mapToObj(k -> {
                    double[] genome = new double[10];
                    Arrays.setAll(genome, i -> 0.9 + 0.01 * Draws.of(k, i).nextGaussian());
                    return genome;
                })
                .toList();
        for (boolean diagonal : new boolean[] {false, true}) {
            var cold = settings(10, 10, diagonal, false, 11);
            var warm = new CmaEs(new CmaEs.Settings(
                    cold.start(), cold.sigma(), 10, diagonal, false, cold.variables(), List.of(), elite, 11));
            assertThat(Arrays.stream(warm.mean()).boxed())
                    .allSatisfy(x -> assertThat(x).isCloseTo(0.9, within(0.02)));

            assertThat(minimize(warm, x -> ellipsoid(x, 0.9), 500))
                    .isLessThan(0.1 * minimize(new CmaEs(cold), x -> ellipsoid(x, 0.9), 500));
        }
    }

    @Test
    void stopsAndSaysWhyWhenNothingIsLeftToGain() {
        var converging = new CmaEs(settings(3, 7, false, false, 9));
        minimize(converging, x -> ellipsoid(x, 0.7), 6_000);
        assertThat(converging.stopped())
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("converged: "));

        var flat = new CmaEs(settings(3, 7, false, false, 10));
        minimize(flat, x -> 0.25, 400);
        assertThat(flat.stopped()).hasValue("converged: all scores of the last 23 generations are equal");
    }
}
