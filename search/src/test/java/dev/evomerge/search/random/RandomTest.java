package dev.evomerge.search.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.evomerge.search.Oracle;
import java.util.Arrays;
import java.util.HashSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RandomTest {

    /** Written down so that a change of the generator, which would break every replay, does not go unnoticed. */
    @Test
    void theSameKeyGivesTheseBitsForever() {
        var draws = Draws.of(42, 1, 7);

        assertThat(Long.toHexString(draws.nextLong())).isEqualTo("ab46dbbb2dec0db8");
        assertThat(Double.toHexString(draws.nextDouble())).isEqualTo("0x1.e776184770122p-2");
        assertThat(Double.toHexString(draws.nextGaussian())).isEqualTo("-0x1.90959d8ad345p-2");
    }

    @Test
    void otherKeysGiveOtherStreams() {
        var firsts = new HashSet<Long>();
        for (long a = 0; a < 50; a++) {
            firsts.add(Draws.of(a).nextLong());
            for (long b = 0; b < 50; b++) {
                firsts.add(Draws.of(a, b).nextLong());
            }
        }
        assertThat(firsts).hasSize(50 + 50 * 50);
    }

    @Test
    void theDistributionFunctionIsScipys() {
        for (String[] row : Oracle.rows("normal.csv")) {
            double x = Double.parseDouble(row[0]);
            assertThat(Normal.cumulative(x)).isCloseTo(Double.parseDouble(row[1]), within(1e-14));
        }
    }

    @Property
    void quantileAndDistributionFunctionAreInverses(@ForAll @IntRange(min = 1, max = 999_999) int millionths) {
        double p = millionths / 1e6;

        assertThat(Normal.cumulative(Normal.quantile(p))).isCloseTo(p, within(1e-12));
    }

    @Test
    void drawsHaveTheMomentsOfTheirDistributions() {
        double[] normal = Draws.of(3).gaussians(100_000);
        double mean = Arrays.stream(normal).average().orElseThrow();
        double variance = Arrays.stream(normal).map(v -> v * v).average().orElseThrow();
        double[] uniform = Draws.of(4).uniforms(100_000);

        assertThat(mean).isCloseTo(0, within(0.015));
        assertThat(variance).isCloseTo(1, within(0.02));
        assertThat(Arrays.stream(uniform).average().orElseThrow()).isCloseTo(0.5, within(0.005));
    }
}
