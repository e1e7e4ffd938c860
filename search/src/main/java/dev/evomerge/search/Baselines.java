package dev.evomerge.search;

import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.SearchSpec.Baseline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The recipes that need no search. */
final class Baselines {

    /** TIES keeps the largest fifth (arXiv 2306.01708, section 4: "top-20%", λ = 1, mean of what agrees). */
    private static final Map<String, Double> TIES_DEFAULTS = Map.of("weight", 1.0, "density", 0.2);

    /** DARE drops a fifth before merging, as the scripts published with arXiv 2311.03099 do. */
    private static final Map<String, Double> DARE_DEFAULTS = Map.of("weight", 1.0, "density", 0.8);

    static final String SOURCE_PREFIX = "source-";
    static final String UNIFORM_SOUP = "uniform-soup";

    private Baselines() {}

    /** The fixed baselines of a specification, in the order of {@link Baseline}; those that need a base only where there is one. */
    static List<Candidate> fixed(SearchSpec spec) {
        var candidates = new ArrayList<Candidate>();
        for (Baseline baseline : Baseline.values()) {
            if (spec.baselines().contains(baseline)) {
                candidates.addAll(of(baseline, spec));
            }
        }
        return candidates;
    }

    private static List<Candidate> of(Baseline baseline, SearchSpec spec) {
        return switch (baseline) {
            case SOURCES -> sources(spec);
            case UNIFORM_SOUP ->
                List.of(new Candidate(UNIFORM_SOUP, mean(spec, spec.models().keySet())));
            case HALF_BLEND -> withBase(spec, "half-blend", MergeMethod.TASK_ARITHMETIC, Map.of("weight", 0.5), false);
            case TIES -> withBase(spec, "ties", MergeMethod.TIES, TIES_DEFAULTS, true);
            case DARE_TIES -> withBase(spec, "dare-ties", MergeMethod.DARE_TIES, DARE_DEFAULTS, true);
            // These depend on scores; phases of their own make them.
            case GREEDY_SOUP, RANDOM_SEARCH -> List.of();
        };
    }

    private static List<Candidate> sources(SearchSpec spec) {
        Collection<String> names = new LinkedHashSet<>(spec.models().keySet());
        spec.base().ifPresent(names::add);
        return names.stream()
                .map(name -> new Candidate(SOURCE_PREFIX + name, mean(spec, List.of(name))))
                .toList();
    }

    /** The mean of some sources. */
    static Recipe mean(SearchSpec spec, Collection<String> models) {
        var sources = models.stream()
                .map(model -> Source.of(model, Map.of("weight", 1.0)))
                .toList();
        return WeightMerge.of(MergeMethod.LINEAR, Optional.empty(), sources, normalize(true), spec.seed());
    }

    private static List<Candidate> withBase(
            SearchSpec spec, String id, MergeMethod method, Map<String, Double> parameters, boolean normalize) {
        if (spec.base().isEmpty()) {
            return List.of();
        }
        var sources = spec.models().keySet().stream()
                .map(model -> Source.of(model, parameters))
                .toList();
        return List.of(
                new Candidate(id, WeightMerge.of(method, spec.base(), sources, normalize(normalize), spec.seed())));
    }

    private static Map<String, Parameter> normalize(boolean on) {
        return Map.of("normalize", new Parameter.Constant(on ? 1 : 0));
    }
}
