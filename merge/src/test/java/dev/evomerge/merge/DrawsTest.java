package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrawsTest {

    private static final int N = 1 << 20;

    @Test
    void areTheSameEverywhere() {
        Draws draws = Draws.of(42, "japanese", "model.norm.weight");
        // Made by an independent program; see the class comment of Draws for the recipe.
        assertThat(Draws.draw(draws.spanKey(0), 0)).isEqualTo(FIRST);
        assertThat(Draws.draw(draws.spanKey(70_000), 70_000 - Draws.SPAN)).isEqualTo(LATER);
    }

    private static final int FIRST = -1436109555;
    private static final int LATER = 920404643;

    @ParameterizedTest
    @CsvSource({"0.01", "0.2", "0.5", "0.9"})
    void keepTheShareThatTheDensitySays(double density) {
        Draws draws = Draws.of(1, "a", "t");
        int limit = Draws.limit(density);
        int kept = 0;
        for (int i = 0; i < N; i++) {
            kept += Integer.compareUnsigned(Draws.draw(draws.spanKey(i), i % Draws.SPAN), limit) < 0 ? 1 : 0;
        }
        assertThat((double) kept).isCloseTo(density * N, within(4 * Math.sqrt(N * density * (1 - density))));
    }

    @Test
    void fillTheIntervalEvenly() {
        Draws draws = Draws.of(2, "a", "t");
        int bins = 1024;
        int[] counts = new int[bins];
        for (int i = 0; i < N; i++) {
            counts[(int) (draws.uniform(i) * bins)]++;
        }
        double expected = N / (double) bins;
        double chiSquare = 0;
        for (int count : counts) {
            chiSquare += (count - expected) * (count - expected) / expected;
        }
        assertThat(chiSquare).isCloseTo(bins - 1, within(5 * Math.sqrt(2.0 * (bins - 1))));
    }

    @ParameterizedTest
    @CsvSource({
        "1, a, t, 1",
        "1, a, t, 2",
        "1, a, t, 4096",
        "1, a, t, 65536",
        "2, a, t, 0",
        "1, b, t, 0",
        "1, a, u, 0",
        "1, b, t, 1"
    })
    void doNotDependOnOtherDraws(long seed, String model, String tensor, int distance) {
        Draws one = Draws.of(1, "a", "t");
        Draws other = Draws.of(seed, model, tensor);
        double sum = 0;
        for (int i = 0; i < N; i++) {
            sum += (one.uniform(i) - 0.5) * (other.uniform(i + distance) - 0.5);
        }
        assertThat(sum / N * 12).as("correlation").isCloseTo(0, within(4.5 / Math.sqrt(N)));
    }
}
