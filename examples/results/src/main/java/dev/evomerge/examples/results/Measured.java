package dev.evomerge.examples.results;

import dev.evomerge.examples.results.Study.Merge;
import java.util.Arrays;
import java.util.Map;

/**
 * One method's merge of one seed, asked the questions that nothing was chosen on.
 *
 * @param test    right (1) or wrong (0) on each test question
 * @param domains the share of right answers on each specialist's own domain, by its name
 */
record Measured(Merge merge, double[] test, Map<String, Double> domains) {

    double score() {
        return Arrays.stream(test).average().orElseThrow();
    }
}
