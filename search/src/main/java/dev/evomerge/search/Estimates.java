package dev.evomerge.search;

import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.stats.ItemModel;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the item model makes of everything that the latest candidates answered. */
final class Estimates {

    private final ItemModel model;
    private final Map<String, Integer> indices = new HashMap<>();
    private final int sign;

    /**
     * @param ids of whom to look at; the model's effort grows with the third power of their number
     */
    Estimates(Answers answers, List<String> ids, Map<String, double[]> genomes, Goal goal) {
        ids.forEach(id -> indices.put(id, indices.size()));
        this.model = ItemModel.fit(
                ids.stream().map(answers::of).toArray(double[][]::new),
                ids.stream().map(genomes::get).toArray(double[][]::new),
                answers.pool());
        this.sign = goal == Goal.MAXIMIZE ? -1 : 1;
    }

    /** Smaller for better candidates. */
    double loss(String id) {
        return sign * model.ability(indices.get(id));
    }

    /** The ids by the predicted score on all questions, best first; among equals the later, which was bred knowing more. */
    List<String> ranked() {
        return indices.keySet().stream()
                .sorted(Comparator.<String>comparingDouble(id -> sign * model.predict(indices.get(id)))
                        .thenComparing(indices::get, Comparator.reverseOrder()))
                .toList();
    }
}
