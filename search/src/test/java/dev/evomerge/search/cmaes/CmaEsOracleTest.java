package dev.evomerge.search.cmaes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.search.Oracle;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CmaEsOracleTest {

    private static final Offset<Double> TIGHT = within(1e-12);

    @Test
    void constantsAreThoseOfTheCmaesLibrary() {
        for (String[] row : Oracle.rows("cma-constants.csv")) {
            var weights = Weights.of(Integer.parseInt(row[0]), Integer.parseInt(row[1]), 1);

            assertThat(new double[] {
                        weights.muEff(), weights.cSigma(), weights.dSigma(), weights.cC(), weights.c1(), weights.cMu()
                    })
                    .as("n = %s, λ = %s", row[0], row[1])
                    .containsExactly(
                            Arrays.stream(row, 2, 8)
                                    .mapToDouble(Double::parseDouble)
                                    .toArray(),
                            TIGHT);
            assertThat(weights.covariance()).containsExactly(Oracle.numbers(row[8]), TIGHT);
        }
    }

    @Test
    void recombinationWeightsAreThoseOfPycma() {
        for (String[] row : Oracle.rows("recombination-weights.csv")) {
            double[] expected = Oracle.numbers(row[2]);
            var weights = Weights.of(10, Integer.parseInt(row[0]), 1);

            assertThat(weights.muEff()).isCloseTo(Double.parseDouble(row[1]), TIGHT);
            assertThat(Arrays.copyOf(weights.mean(), expected.length)).containsExactly(expected, TIGHT);
        }
    }

    /**
     * The fixture holds what cmaes 0.13.1 made of our samples; the samples depend on every state before them. That library adds 1e-8 to small
     * numbers before it divides by them, hence the tolerance.
     */
    @Test
    void tenGenerationsLeadWhereTheCmaesLibraryIsLed() {
        var strategy = Trace.start();
        for (String[] row : Oracle.rows("cma-states.csv")) {
            strategy.tell(Trace.losses(strategy.ask()));

            assertThat(strategy.mean())
                    .as("mean after generation " + row[0])
                    .containsExactly(Oracle.numbers(row[2]), within(1e-7));
            assertThat(strategy.sigma()).isCloseTo(Double.parseDouble(row[1]), within(1e-7));
            assertThat(strategy.variances()).containsExactly(diagonal(Oracle.numbers(row[3])), within(1e-7));
        }
    }

    private static double[] diagonal(double[] matrix) {
        int n = (int) Math.sqrt(matrix.length);
        double[] diagonal = new double[n];
        Arrays.setAll(diagonal, i -> matrix[i * n + i]);
        return diagonal;
    }
}
