package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.search.Batch;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a bred candidate has on a task, over all batches in which it was asked something: where candidates are not asked all questions at once, it may
 * be several.
 *
 * @param candidate its id
 * @param asked     how many questions it has answered
 * @param score     the mean of the metric over these, whichever way is better
 */
public record PooledScore(String candidate, int asked, double score) {

    /**
     * All that bred candidates have, in the order in which they came.
     *
     * @param task the task's key
     */
    public static Collection<PooledScore> of(Collection<RecordedBatch> batches, String task, String metric) {
        Map<String, PooledScore> scores = new LinkedHashMap<>();
        batches.stream()
                .filter(batch -> batch.kind() == Batch.Kind.GENERATION)
                .flatMap(batch -> batch.results().stream())
                .forEach(result -> {
                    TaskResult answers = result.tasks().get(task);
                    if (answers != null && answers.metrics().containsKey(metric)) {
                        var score = new PooledScore(
                                result.candidate(),
                                answers.outcomes().length(),
                                answers.metrics().get(metric));
                        scores.merge(result.candidate(), score, PooledScore::plus);
                    }
                });
        return scores.values();
    }

    /** Best first: those with the most answers, for a search asks its most promising candidates more; among them by score. */
    public static Comparator<PooledScore> bestFirst(boolean maximize) {
        return Comparator.comparingInt(PooledScore::asked)
                .reversed()
                .thenComparingDouble(maximize ? pooled -> -pooled.score : PooledScore::score);
    }

    private PooledScore plus(PooledScore more) {
        int both = asked + more.asked;
        return new PooledScore(candidate, both, (asked * score + more.asked * more.score) / both);
    }
}
