package dev.evomerge.search.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RankingTest {

    @Test
    void equalLossesShareTheWeightsOfTheirRanks() {
        double[] shared = Ranking.shareWeights(new double[] {3, 1, 3, 0}, new double[] {8, 4, 2, 1});

        assertThat(shared).containsExactly(1.5, 4, 1.5, 8);
    }

    @Property
    void sharingKeepsTheSumAndDoesNotDependOnTheOrder(@ForAll @Size(6) int @IntRange(max = 3) [] values) {
        double[] weights = {0.5, 0.3, 0.2, 0, -0.4, -0.6};
        double[] losses = Arrays.stream(values).asDoubleStream().toArray();
        double[] reversed = new double[6];
        Arrays.setAll(reversed, i -> losses[5 - i]);

        double[] shared = Ranking.shareWeights(losses, weights);
        double[] sharedReversed = Ranking.shareWeights(reversed, weights);

        assertThat(Arrays.stream(shared).sum()).isCloseTo(0, Offset.offset(1e-12));
        for (int i = 0; i < 6; i++) {
            assertThat(sharedReversed[5 - i]).isEqualTo(shared[i]);
        }
    }
}
