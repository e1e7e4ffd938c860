package dev.evomerge.search;

import dev.evomerge.search.stats.ItemModel;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** After generations on different questions: who is promising enough to be asked all of them. */
final class Confirmation {

    private Confirmation() {}

    /**
     * The ids of the candidates with the best predicted scores on all questions.
     *
     * @param count how many
     */
    static List<String> best(Answers answers, int pool, SearchSpec.Goal goal, int count) {
        var ids = answers.candidates();
        var model = ItemModel.fit(ids.stream().map(answers::of).toArray(double[][]::new), pool);
        Map<String, Double> losses = new TreeMap<>();
        IntStream.range(0, ids.size())
                .forEach(i -> losses.put(
                        ids.get(i), goal == SearchSpec.Goal.MAXIMIZE ? -model.predict(i) : model.predict(i)));
        // Among equals the later, which was bred knowing more.
        return ids.reversed().stream()
                .sorted(Comparator.comparingDouble(losses::get))
                .limit(count)
                .toList();
    }
}
