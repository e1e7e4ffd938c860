package dev.evomerge.search;

import dev.evomerge.search.Evaluation.Scored;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What candidates answered to the search questions that they were asked so far. */
final class Answers {

    private final int pool;
    private final Map<String, double[]> byCandidate = new LinkedHashMap<>();

    /** @param pool how many search questions there are */
    Answers(int pool) {
        this.pool = pool;
    }

    /**
     * Adds the answers of a batch; a candidate that failed loses what it had.
     *
     * @throws SearchException if a candidate's values are not one per question of the pool, in [0, 1] where asked
     */
    void add(Batch batch, BatchRecord results) {
        List<Integer> asked = batch.questions()
                .orElseGet(() -> IntStream.range(0, pool).boxed().toList());
        for (Evaluation evaluation : results.evaluations()) {
            if (!(evaluation.outcome() instanceof Scored scored)) {
                byCandidate.remove(evaluation.candidate());
                continue;
            }
            double[] items = scored.splits().get(Split.SEARCH).items();
            String where = "record " + batch.number() + ", candidate " + evaluation.candidate() + ": ";
            if (items.length != pool) {
                throw new SearchException(where + "found values of " + items.length + " questions, expected " + pool);
            }
            double[] known = byCandidate.computeIfAbsent(evaluation.candidate(), id -> unknown());
            for (int question : asked) {
                if (!(items[question] >= 0 && items[question] <= 1)) {
                    throw new SearchException(where + "question " + question + " has the value " + items[question]
                            + ", expected one from 0 to 1");
                }
                known[question] = items[question];
            }
        }
    }

    /** How many search questions there are. */
    int pool() {
        return pool;
    }

    boolean has(String candidate) {
        return byCandidate.containsKey(candidate);
    }

    /** Per question the value, NaN where not asked. */
    double[] of(String candidate) {
        return byCandidate.get(candidate);
    }

    boolean isComplete(String candidate) {
        return has(candidate) && Arrays.stream(of(candidate)).noneMatch(Double::isNaN);
    }

    /** The mean over what was asked. */
    double mean(String candidate) {
        return Arrays.stream(of(candidate))
                .filter(v -> !Double.isNaN(v))
                .average()
                .orElse(Double.NaN);
    }

    boolean isEmpty() {
        return byCandidate.isEmpty();
    }

    /** The ids of the candidates that answered first {@code count} last, in that order. */
    List<String> latest(int count) {
        return byCandidate.keySet().stream()
                .skip(Math.max(0, byCandidate.size() - count))
                .toList();
    }

    private double[] unknown() {
        double[] items = new double[pool];
        Arrays.fill(items, Double.NaN);
        return items;
    }
}
