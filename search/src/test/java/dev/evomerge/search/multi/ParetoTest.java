package dev.evomerge.search.multi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.search.Oracle;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against pymoo 0.6.2. */
class ParetoTest {

    private static double[][] table(String cell, int columns) {
        double[] flat = Oracle.numbers(cell);
        return IntStream.range(0, flat.length / columns)
                .mapToObj(i -> Arrays.copyOfRange(flat, i * columns, (i + 1) * columns))
                .toArray(double[][]::new);
    }

    @Test
    void frontsAreThoseOfPymoo() {
        for (String[] row : Oracle.rows("pareto.csv")) {
            double[][] losses = table(row[1], Integer.parseInt(row[0]));
            double[] ranks = new double[losses.length];
            var fronts = Pareto.fronts(losses);
            IntStream.range(0, fronts.size()).forEach(f -> fronts.get(f).forEach(i -> ranks[i] = f));

            assertThat(ranks).containsExactly(Oracle.numbers(row[2]));
        }
    }

    @Test
    void hypervolumesAreThoseOfPymoo() {
        for (String[] row : Oracle.rows("pareto.csv")) {
            int objectives = Integer.parseInt(row[0]);
            double[] reference = new double[objectives];
            Arrays.fill(reference, 3.5);

            assertThat(Pareto.hypervolume(table(row[1], objectives), reference))
                    .isCloseTo(Double.parseDouble(row[3]), within(1e-9));
        }
    }

    @Test
    void crowdingDistancesAreThoseOfPymooUpToItsMeanOverObjectives() {
        // Only two objectives: with more, which of several equal values is an end depends on how a sort treats ties.
        for (String[] row : Oracle.rows("pareto.csv")) {
            if (row[0].equals("2") && row[4].split(" ").length > 2 * 2) {
                double[][] front = table(row[4], 2);
                double[] ours = Pareto.crowding(
                        front, IntStream.range(0, front.length).boxed().toList());

                assertThat(Arrays.stream(ours).map(d -> d / 2).toArray())
                        .containsExactly(Oracle.numbers(row[5]), within(1e-12));
            }
        }
    }

    @Test
    void theBestFillTheLastFrontWithItsLeastCrowded() {
        double[][] losses = {{0, 4}, {1, 3}, {1.1, 2.9}, {4, 0}, {5, 5}};

        assertThat(Pareto.best(losses, 3)).containsExactlyInAnyOrder(0, 3, 2).isNotEqualTo(List.of(0, 1, 2));
        assertThat(Pareto.best(losses, 5)).hasSize(5);
    }

    @Test
    void failedCandidatesAreInTheLastFront() {
        double bad = Double.POSITIVE_INFINITY;

        assertThat(Pareto.fronts(new double[][] {{bad, bad}, {1, 2}, {bad, bad}, {3, 4}}))
                .containsExactly(List.of(1), List.of(3), List.of(0, 2));
    }
}
