package dev.evomerge.search.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.search.Oracle;
import dev.evomerge.search.random.Draws;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Against scipy 1.17.1. */
class StatsTest {

    @Test
    void intervalsAreScipysWilsonIntervals() {
        for (String[] row : Oracle.rows("wilson.csv")) {
            double[] items = new double[Integer.parseInt(row[0])];
            Arrays.fill(items, 0, Integer.parseInt(row[1]), 1);

            var interval = Intervals.ofBest(items, Integer.parseInt(row[2])).orElseThrow();

            assertThat(interval.low()).isCloseTo(Double.parseDouble(row[3]), within(1e-12));
            assertThat(interval.high()).isCloseTo(Double.parseDouble(row[4]), within(1e-12));
        }
    }

    @Test
    void theSignTestIsScipysBinomialTest() {
        for (String[] row : Oracle.rows("sign-test.csv")) {
            assertThat(Paired.signTest(Integer.parseInt(row[0]), Integer.parseInt(row[1])))
                    .isCloseTo(Double.parseDouble(row[2]), within(1e-10));
        }
    }

    @Test
    void questionsThatWereNotAskedDoNotCount() {
        double nan = Double.NaN;

        assertThat(Intervals.ofMean(new double[] {1, nan, 0, nan, 1}))
                .isEqualTo(Intervals.ofMean(new double[] {1, 0, 1}));
        assertThat(Intervals.ofMean(new double[] {1, nan})).isEmpty();
        assertThat(Paired.of(new double[] {1, nan, 1, 0}, new double[] {0, 1, nan, 0}))
                .hasValueSatisfying(paired -> assertThat(paired.difference()).isEqualTo(0.5));
    }

    @Test
    void aDifferenceThatIsThereIsFound() {
        var draws = Draws.of(1);
        double[] better = new double[200];
        double[] worse = new double[200];
        for (int i = 0; i < 200; i++) {
            double common = draws.nextGaussian();
            worse[i] = common;
            better[i] = common + 0.2 + 0.3 * draws.nextGaussian();
        }

        var paired = Paired.of(better, worse).orElseThrow();

        assertThat(paired.pValue()).isLessThan(0.001);
        assertThat(paired.interval().low()).isPositive();
        assertThat(paired.interval().high()).isLessThan(0.3);
    }

    @Test
    void pairedIntervalsCoverTheDifferenceAsOftenAsTheyPromise() {
        int covered = 0;
        int runs = 2000;
        for (int run = 0; run < runs; run++) {
            var draws = Draws.of(2, run);
            double[] a = new double[100];
            double[] b = new double[100];
            for (int i = 0; i < 100; i++) {
                // Questions differ in difficulty; a answers a tenth of all questions better.
                double u = draws.nextDouble();
                double difficulty = draws.nextDouble();
                b[i] = u < difficulty * 0.9 ? 1 : 0;
                a[i] = u < difficulty * 0.9 + 0.1 ? 1 : 0;
            }
            var interval = Paired.of(a, b).orElseThrow().interval();
            covered += interval.low() <= 0.1 && 0.1 <= interval.high() ? 1 : 0;
        }
        assertThat(covered / (double) runs).isBetween(0.93, 0.99);
    }
}
