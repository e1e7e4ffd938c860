package dev.evomerge.examples.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EstimateTest {

    @Test
    void oneModelHasWilsonsInterval() {
        var items = new double[100];
        Arrays.fill(items, 0, 30, 1);
        Estimate estimate = Estimate.of(new double[][] {items, items});
        // statsmodels 0.14: proportion_confint(30, 100, method="wilson")
        assertThat(estimate.mean()).isEqualTo(0.3);
        assertThat(estimate.low()).isCloseTo(0.21895, within(1e-5));
        assertThat(estimate.high()).isCloseTo(0.39585, within(1e-5));
    }

    @Test
    void seedsAndQuestionsBothWidenIt() {
        double[][] values = {{1, 1, 0, 0}, {1, 1, 1, 0}, {1, 1, 1, 1}, {1, 1, 0, 0}, {1, 1, 1, 0}};
        Estimate estimate = Estimate.of(values);
        assertThat(estimate.mean()).isCloseTo(0.7, within(1e-12));
        // Seeds: 0.5, 0.75, 1, 0.5, 0.75 have a standard error of 0.0935; questions: 1, 1, 0.6, 0.2 have one of 0.1915.
        double half = Math.hypot(2.776 * 0.093541, 1.959964 * 0.191485);
        assertThat(estimate.high() - estimate.mean()).isCloseTo(half, within(2e-3));
        assertThat(estimate.mean() - estimate.low()).isCloseTo(half, within(2e-3));
    }

    @Test
    void studentsQuantileIsThatOfTheTables() {
        assertThat(Estimate.student(4)).isCloseTo(2.776, within(0.01));
        assertThat(Estimate.student(9)).isCloseTo(2.262, within(0.001));
        assertThat(Estimate.student(1_000_000)).isCloseTo(1.960, within(0.001));
    }
}
