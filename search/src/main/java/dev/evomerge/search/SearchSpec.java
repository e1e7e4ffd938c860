package dev.evomerge.search;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What is searched, how, and for how long.
 *
 * @param seed       every random draw of the search follows from it
 * @param models     the sources: name → number of layers
 * @param base       the name of the base model, which is not among {@code models}; empty if no method needs one
 * @param objectives at least one
 * @param baselines  what the search is compared with
 * @param stages     in order; at least one
 * @param finalists  how many of the best candidates are scored on unseen questions, ≥ 1
 */
public record SearchSpec(
        long seed,
        SortedMap<String, Integer> models,
        Optional<String> base,
        List<Objective> objectives,
        List<Baseline> baselines,
        List<Stage> stages,
        int finalists) {

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
        /** Task arithmetic with weight 0.5 for every source. */
        HALF_BLEND,
        /** TIES at its paper's defaults. */
        TIES,
        /** DARE-TIES at its paper's defaults. */
        DARE_TIES,
        /** As many random genomes of the first stage's space as the first stage may evaluate. */
        RANDOM_SEARCH
    }

    /** One search: a space, an optimizer, a budget. */
    public record Stage(String name, Space space, Algorithm algorithm, Budget budget) {}

    /**
     * How long a stage may go on; it ends at the first limit that is reached.
     *
     * @param evaluations candidates to score
     * @param generations generations to breed
     */
    public record Budget(Optional<Integer> evaluations, Optional<Integer> generations) {}
}
