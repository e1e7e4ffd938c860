package dev.evomerge.search.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.search.random.Draws;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ItemModelTest {

    @Test
    void whoWasAskedEverythingHasTheScoreThatItHas() {
        double[][] answers = {{1, 0, 1, 1}, {0, 0, 1, 0}};

        var model = ItemModel.fit(answers, scattered(2), 4);

        assertThat(model.predict(0)).isEqualTo(0.75);
        assertThat(model.predict(1)).isEqualTo(0.25);
    }

    @Test
    void luckWithTheQuestionsIsSeenThrough() {
        // Ten candidates of equal ability; one was asked the easy half, another the hard half.
        int questions = 60;
        double[][] answers = new double[10][questions];
        for (int c = 0; c < 10; c++) {
            for (int q = 0; q < questions; q++) {
                answers[c][q] = Draws.of(c, q).nextDouble() < (q < 30 ? 0.9 : 0.2) ? 1 : 0;
            }
        }
        Arrays.fill(answers[0], 30, 60, Double.NaN);
        Arrays.fill(answers[1], 0, 30, Double.NaN);

        var model = ItemModel.fit(answers, scattered(10), questions);

        assertThat(model.predict(0)).isCloseTo(0.55, within(0.12));
        assertThat(model.predict(1)).isCloseTo(0.55, within(0.12));
    }

    @Test
    void predictsFullScoresBetterThanTheMeanOfWhatWasAsked() {
        double modelError = 0;
        double meanError = 0;
        for (int run = 0; run < 20; run++) {
            double[][] full = outcomes(run);
            double[][] asked = new double[full.length][];
            for (int c = 0; c < full.length; c++) {
                asked[c] = full[c].clone();
                // Each candidate was asked 20 questions of its own.
                int[] order = Draws.of(run, c, 1).permutation(200);
                for (int q = 20; q < 200; q++) {
                    asked[c][order[q]] = Double.NaN;
                }
            }
            var model = ItemModel.fit(asked, scattered(full.length), 200);
            for (int c = 0; c < full.length; c++) {
                double truth = Arrays.stream(full[c]).average().orElseThrow();
                double mean = Arrays.stream(asked[c])
                        .filter(v -> !Double.isNaN(v))
                        .average()
                        .orElseThrow();
                modelError += Math.pow(model.predict(c) - truth, 2);
                meanError += Math.pow(mean - truth, 2);
            }
        }
        assertThat(Math.sqrt(modelError / meanError)).isLessThan(0.8);
    }

    @Test
    void whatNeighboursWereAskedHelps() {
        double helped = 0;
        double alone = 0;
        for (int run = 0; run < 10; run++) {
            double[][] genomes = scattered(80);
            double[][] asked = new double[80][200];
            for (int c = 0; c < 80; c++) {
                int[] order = Draws.of(run, c, 1).permutation(200);
                Arrays.fill(asked[c], Double.NaN);
                for (int q = 0; q < 10; q++) {
                    double p = 1 / (1 + Math.exp(-ability(genomes[c])));
                    asked[c][order[q]] = Draws.of(run, c, order[q], 4).nextDouble() < p ? 1 : 0;
                }
            }
            helped += error(ItemModel.fit(asked, genomes, 200), genomes);
            // The same answers, but nobody knows who is near whom.
            alone += error(
                    ItemModel.fit(asked, Arrays.asList(genomes).reversed().toArray(double[][]::new), 200), genomes);
        }
        assertThat(helped / alone).isLessThan(0.5);
    }

    /** Mean squared error of the abilities' differences from the first candidate's. */
    private static double error(ItemModel model, double[][] genomes) {
        double sum = 0;
        for (int c = 1; c < genomes.length; c++) {
            double found = model.ability(c) - model.ability(0);
            sum += Math.pow(found - ability(genomes[c]) + ability(genomes[0]), 2) / genomes.length;
        }
        return sum;
    }

    /** Smooth over genomes. */
    private static double ability(double[] genome) {
        return 3 * Math.sin(3 * genome[0]) - 2 * genome[1];
    }

    private static double[][] scattered(int count) {
        return IntStream.range(0, count)
                .mapToObj(c -> Draws.of(5, c).uniforms(2))
                .toArray(double[][]::new);
    }

    private static double[][] outcomes(int run) {
        double[][] outcomes = new double[60][200];
        for (int c = 0; c < outcomes.length; c++) {
            double ability = Draws.of(run, c, 2).nextGaussian();
            for (int q = 0; q < 200; q++) {
                double difficulty = 2 * Draws.of(run, q, 3).nextGaussian();
                double p = 1 / (1 + Math.exp(difficulty - ability));
                outcomes[c][q] = Draws.of(run, c, q, 4).nextDouble() < p ? 1 : 0;
            }
        }
        return outcomes;
    }
}
