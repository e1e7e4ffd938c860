package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is searched, how, and for how long.
 *
 * @param seed       every random draw of the search follows from it
 * @param models     the sources: name → number of layers
 * @param base       the name of the base model, which is not among {@code models}; empty if no method needs one
 * @param objectives at least one
 * @param baselines  what the search is compared with
 * @param stages     in order; at least one
 * @param finalists  how many of each stage's best candidates are scored on unseen questions, ≥ 1
 * @param splits     the question sets that there are: the search questions, and, for an honest result, others. Without selection questions the
 *                   winner is the best on the search questions; without test questions it has no unbiased score
 */
public record SearchSpec(
        long seed,
        SortedMap<String, Integer> models,
        Optional<String> base,
        List<Objective> objectives,
        List<Baseline> baselines,
        List<Stage> stages,
        int finalists,
        Set<Split> splits) {

    public SearchSpec {
        models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
        objectives = List.copyOf(objectives);
        baselines = List.copyOf(baselines);
        stages = List.copyOf(stages);
        splits = Set.copyOf(splits);
    }

    /** A search with search, selection and test questions. */
    public SearchSpec(
            long seed,
            SortedMap<String, Integer> models,
            Optional<String> base,
            List<Objective> objectives,
            List<Baseline> baselines,
            List<Stage> stages,
            int finalists) {
        this(seed, models, base, objectives, baselines, stages, finalists, Set.of(Split.values()));
    }

    /** A number to optimize. */
    public record Objective(String name, Goal goal) {}

    /** The direction of an objective. */
    public enum Goal {
        MAXIMIZE,
        MINIMIZE
    }

    /** A comparison that every report shows. */
    public enum Baseline {
        /** Each source alone, and the base. */
        SOURCES,
        /** The mean of all sources. */
        UNIFORM_SOUP,
        /** Task arithmetic with weight 0.5 for every source; left out, like the two below, where there is no base. */
        HALF_BLEND,
        /** Sources in the order of their scores, each kept in the mean if it does not lower the score (arXiv 2203.05482). */
        GREEDY_SOUP,
        /** TIES at its paper's defaults. */
        TIES,
        /** DARE-TIES at its paper's defaults. */
        DARE_TIES,
        /** As many random genomes of the first stage's space as the first stage evaluates; the best of them is shown. */
        RANDOM_SEARCH
    }

    /**
     * One search: a space, an optimizer, a budget.
     *
     * @param fidelity  how many questions a candidate is asked
     * @param inject    recipes whose genomes the first generation holds: known good merges
     * @param warmStart the best tenth or so of an earlier experiment, best first: CMA-ES begins with the distribution that they suggest
     */
    public record Stage(
            String name,
            Space space,
            Algorithm algorithm,
            Budget budget,
            Fidelity fidelity,
            List<Recipe> inject,
            List<Recipe> warmStart) {

        public Stage {
            inject = List.copyOf(inject);
            warmStart = List.copyOf(warmStart);
        }

        /** A stage that asks every candidate all questions and starts from nothing. */
        public Stage(String name, Space space, Algorithm algorithm, Budget budget) {
            this(name, space, algorithm, budget, new Fidelity.AllQuestions(), List.of(), List.of());
        }
    }

    /**
     * How long a stage may go on; it ends at the first limit that is reached.
     *
     * @param evaluations candidates to score
     * @param generations generations to breed
     */
    public record Budget(Optional<Integer> evaluations, Optional<Integer> generations) {}
}
