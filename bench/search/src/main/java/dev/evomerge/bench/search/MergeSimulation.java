package dev.evomerge.bench.search;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A search on a landscape that says of every merge which questions it answers right. */
final class MergeSimulation {

    /** Which questions merges answer right; the same question is always answered in the same way, as greedy decoding does. */
    interface Landscape {
        Merge merge(Recipe recipe);
    }

    /** One merge. */
    interface Merge {
        boolean isRight(Split split, int question);
    }

    private final Landscape landscape;
    private final Map<Split, Integer> sizes;
    private long asked;

    /**
     * @param sizes per split, how many questions it has
     */
    MergeSimulation(Landscape landscape, Map<Split, Integer> sizes) {
        this.landscape = landscape;
        this.sizes = sizes;
    }

    Step.Finished run(SearchSpec spec) {
        var search = new Search(spec);
        var history = new ArrayList<BatchRecord>();
        while (true) {
            switch (search.next(history)) {
                case Step.Evaluate(Batch batch) -> history.add(score(batch));
                case Step.Finished finished -> {
                    return finished;
                }
                case Step.Failed failed -> throw new IllegalStateException(failed.message());
            }
        }
    }

    /** How many search questions were asked so far. */
    long asked() {
        return asked;
    }

    private BatchRecord score(Batch batch) {
        return new BatchRecord(
                batch.number(),
                batch.candidates().stream()
                        .map(candidate ->
                                new Evaluation(candidate.id(), outcome(batch, landscape.merge(candidate.recipe()))))
                        .toList());
    }

    private Evaluation.Outcome outcome(Batch batch, Merge merge) {
        var scores = new EnumMap<Split, Evaluation.Scores>(Split.class);
        for (Split split : batch.splits()) {
            double[] items = new double[sizes.get(split)];
            Arrays.fill(items, Double.NaN);
            List<Integer> questions = split == Split.SEARCH && batch.questions().isPresent()
                    ? batch.questions().get()
                    : IntStream.range(0, items.length).boxed().toList();
            double right = 0;
            for (int question : questions) {
                items[question] = merge.isRight(split, question) ? 1 : 0;
                right += items[question];
            }
            asked += split == Split.SEARCH ? questions.size() : 0;
            scores.put(split, new Evaluation.Scores(new double[] {right / questions.size()}, items));
        }
        return new Evaluation.Scored(scores);
    }
}
