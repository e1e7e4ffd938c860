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

    /** The hypothesis holds, just: nobody is better, and it says that the first is, by nothing at all. */
    @Test
    void whoIsNotBehindIsSeldomTakenForIt() {
        int rejected = 0;
        int runs = 4000;
        for (int run = 0; run < runs; run++) {
            var draws = Draws.of(3, run);
            double[][] both = new double[2][200];
            int turn = 0;
            for (int question = 0; question < 200; question++) {
                boolean alike = draws.nextDouble() < 0.7;
                int right = draws.nextInt(2);
                // Those on which they differ are shared out in turns, so that both are equally good on all questions.
                turn = alike ? turn : 1 - turn;
                both[0][question] = alike ? right : turn;
                both[1][question] = alike ? right : 1 - turn;
            }
            int[] order = draws.permutation(200);
            Arrays.stream(order, 50, 200).forEach(question -> both[0][question] = Double.NaN);
            rejected += Paired.notBehind(both[0], both[1], 0) < 0.05 ? 1 : 0;
        }
        assertThat(rejected / (double) runs).isBetween(0.01, 0.06);
    }

    @Test
    void onceAllQuestionsAreAskedItIsKnownWhoIsBehind() {
        double[] better = {1, 1, 1, 0};
        double[] worse = {1, 1, 0, 0};

        assertThat(Paired.notBehind(better, worse, 0)).isEqualTo(1);
        assertThat(Paired.notBehind(worse, better, 0)).isZero();
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
