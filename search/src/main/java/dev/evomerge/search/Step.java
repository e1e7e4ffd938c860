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
     * @param versus the winner against the best source and the best of all baselines, question by question; empty without per-question values
     * @param front  with several objectives: the finalists that no other beats in all of them, on the questions that the winner was chosen on
     * @param stop   why the search stopped, for people: "budget of 120 evaluations spent"
     */
    record Finished(
            Candidate winner,
            SortedMap<String, Recipe> models,
            List<Standing> table,
            List<Comparison> versus,
            List<FrontMember> front,
            String stop)
            implements Step {
        public Finished {
            models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
            table = List.copyOf(table);
            versus = List.copyOf(versus);
            front = List.copyOf(front);
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
     * @param interval  95 % interval of the test score; without test questions that of the selection score, for finalists widened for the choice
     *                  among them
     */
    record Standing(
            Candidate candidate,
            Optional<Double> search,
            Optional<Double> selection,
            Optional<Double> test,
            Optional<Interval> interval) {}

    /**
     * The winner against another candidate on the same test questions.
     *
     * @param against    the other's id
     * @param difference the winner's mean minus the other's; negative if the objective is minimized and the winner is better
     * @param interval   95 % interval of the difference
     * @param pValue     two-sided, of the hypothesis that there is no difference: McNemar's exact test for right-or-wrong questions, else the
     *                   paired sign-flip test
     */
    record Comparison(String against, double difference, Interval interval, double pValue) {}

    /**
     * A member of the Pareto front.
     *
     * @param objectives its scores, in the order of the specification and as measured
     */
    record FrontMember(Candidate candidate, List<Double> objectives) {
        public FrontMember {
            objectives = List.copyOf(objectives);
        }
    }

    /** A closed interval. */
    record Interval(double low, double high) {}
}
