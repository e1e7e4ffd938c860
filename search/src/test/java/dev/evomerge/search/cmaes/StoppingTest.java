package dev.evomerge.search.cmaes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.search.random.Draws;
import org.junit.jupiter.api.Test;

class StoppingTest {

    private static final int N = 4;
    private static final int LAMBDA = 8;

    private final Stopping stopping = new Stopping(N, LAMBDA);

    @Test
    void scoresThatOnlyFluctuateAreStagnation() {
        int generations = 0;
        while (stopping.reason().isEmpty() && generations < 1000) {
            stopping.tell(Draws.of(1, generations++).uniforms(LAMBDA), 0.1, 1);
        }

        assertThat(stopping.reason()).hasValueSatisfying(reason -> assertThat(reason)
                .matches("stagnation: no progress over \\d+ generations"));
        assertThat(generations).isBetween(135, 400);
    }

    @Test
    void scoresThatGetBetterAreNot() {
        for (int generation = 0; generation < 1000; generation++) {
            double[] losses = Draws.of(1, generation).uniforms(LAMBDA);
            for (int k = 0; k < LAMBDA; k++) {
                losses[k] -= 0.01 * generation;
            }
            stopping.tell(losses, 0.1, 1);
        }

        assertThat(stopping.reason()).isEmpty();
    }

    @Test
    void aDistributionThatIsAlmostFlatEndsTheRun() {
        stopping.tell(Draws.of(1).uniforms(LAMBDA), 0.1, 2e14);

        assertThat(stopping.reason()).hasValue("the covariance matrix's condition number is above 1.0E14");
    }

    @Test
    void stepsTooSmallToChangeAnythingEndTheRun() {
        stopping.tell(Draws.of(1).uniforms(LAMBDA), 1e-13, 1);

        assertThat(stopping.reason()).hasValue("converged: every step is below 1.0E-12 of the bounds' width");
    }
}
