package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Runs a search to its end on a landscape that is computed instead of measured. */
final class Simulation {

    /** What a candidate scores on one split, or a failure. */
    interface Landscape {
        Evaluation.Outcome score(Batch batch, Candidate candidate);
    }

    final List<BatchRecord> history = new ArrayList<>();
    final List<Batch> batches = new ArrayList<>();
    Step end;

    static Simulation run(SearchSpec spec, Landscape landscape) {
        var simulation = new Simulation();
        simulation.resume(new Search(spec), landscape);
        return simulation;
    }

    /** The same objective on every split, no per-question values. */
    static Landscape of(Function<Recipe, Double> score) {
        return (batch, candidate) -> {
            double value = score.apply(candidate.recipe());
            Map<Split, Evaluation.Scores> splits = new EnumMap<>(Split.class);
            batch.splits()
                    .forEach(split -> splits.put(split, new Evaluation.Scores(new double[] {value}, new double[0])));
            return new Evaluation.Scored(splits);
        };
    }

    void resume(Search search, Landscape landscape) {
        while (search.next(history) instanceof Step.Evaluate(Batch batch)) {
            batches.add(batch);
            history.add(new BatchRecord(
                    batch.number(),
                    batch.candidates().stream()
                            .map(candidate -> new Evaluation(candidate.id(), landscape.score(batch, candidate)))
                            .toList()));
        }
        end = search.next(history);
    }
}
