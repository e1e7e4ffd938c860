package dev.evomerge.merge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopSetTest {

    /** Three of five elements are equal and just below the threshold: far more lie in the bracket around it than may be kept in memory. */
    @Test
    void findsTheThresholdAmongMoreEqualValuesThanFitInMemory() {
        long n = 60_000_000;
        long k = n / 5 * 2;
        float smallest = 2 + 0x1p-20f;
        Values values = new Values() {
            @Override
            public long elements() {
                return n;
            }

            @Override
            public Reader reader() {
                return (element, target, count) -> {
                    for (int i = 0; i < count; i++) {
                        long index = element + i;
                        float spread = index == 4 ? smallest : 2.25f + (index * 0x9E37_79B9L & 0xFFFFF) * 0x1p-19f;
                        target[i] = index % 5 < 3 ? 1 : -spread;
                    }
                };
            }
        };
        try (Workers workers = new Workers(2)) {
            assertThat(TopSet.find(values, k, workers))
                    .isEqualTo(new TopSet(Float.floatToRawIntBits(smallest), Long.MAX_VALUE));
        }
    }
}
