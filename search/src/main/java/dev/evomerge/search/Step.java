package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What an experiment does next. */
public sealed interface Step {

    /** Score this batch and record it. */
    record Evaluate(Batch batch) implements Step {}

    /**
     * The search has ended.
     *
     * @param winner the merge to export
     * @param models what its recipe names besides the sources and the base: winners of earlier stages, and how to make them
     * @param table  every baseline and finalist on unseen questions, best selection score first
     * @param stop   why the search stopped, for people: "budget of 120 evaluations spent"
     */
    record Finished(Candidate winner, SortedMap<String, Recipe> models, List<Standing> table, String stop)
            implements Step {
        public Finished {
            models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
            table = List.copyOf(table);
        }
    }

    /** Nothing could be scored: every candidate of the search failed. */
    record Failed(String message) implements Step {}

    /**
     * One line of the final table.
     *
     * @param candidate the candidate
     * @param search    its score on the search questions (first objective), if it was asked
     * @param selection its score on the selection questions, if it was asked
     * @param test      its score on the test questions
     * @param interval  95 % interval of the test score
     */
    record Standing(
            Candidate candidate,
            Optional<Double> search,
            Optional<Double> selection,
            Optional<Double> test,
            Optional<Interval> interval) {}

    /** A closed interval. */
    record Interval(double low, double high) {}
}
