package dev.evomerge.search.multi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class Nsga2Test {

    /** ZDT1's front is f2 = 1 − √f1; its hypervolume below (1, 1) is 2/3. */
    private static double[] zdt1(double[] x) {
        double g = 1;
        for (int i = 1; i < x.length; i++) {
            g += 9 * x[i] / (x.length - 1);
        }
        return new double[] {x[0], g * (1 - Math.sqrt(x[0] / g))};
    }

    private static double[][] run(Nsga2 strategy, int generations, boolean failing) {
        var all = new ArrayList<double[]>();
        for (int generation = 0; generation < generations; generation++) {
            double[][] losses = strategy.ask().stream().map(Nsga2Test::zdt1).toArray(double[][]::new);
            for (int k = 0; k < losses.length && failing; k += 2) {
                losses[k] = new double[] {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
            }
            all.addAll(List.of(losses));
            strategy.tell(losses);
        }
        return all.toArray(double[][]::new);
    }

    @Test
    void findsTheWholeFront() {
        double[][] all = run(new Nsga2(10, 60, List.of(), 1), 120, false);

        assertThat(Pareto.hypervolume(all, new double[] {1, 1})).isBetween(0.655, 2.0 / 3);
    }

    @Test
    void goesOnWhenHalfOfEachGenerationFails() {
        double[][] all = run(new Nsga2(10, 60, List.of(), 2), 120, true);

        assertThat(Pareto.hypervolume(all, new double[] {1, 1})).isGreaterThan(0.63);
    }

    @Test
    void theFirstGenerationHoldsWhatIsInjected() {
        double[] known = {0.25, 0, 0};

        assertThat(new Nsga2(3, 8, List.of(known), 3).ask().getFirst()).containsExactly(known);
    }
}
