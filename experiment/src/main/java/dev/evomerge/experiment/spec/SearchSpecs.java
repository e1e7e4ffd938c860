package dev.evomerge.experiment.spec;

import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.Stage;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What to search, from a custom resource and what is known of its models. */
public final class SearchSpecs {

    /** The name of {@code spec.base} in recipes. */
    public static final String BASE = "base";

    private static final Space.Bounds WEIGHT = new Space.Bounds(0, 1);
    private static final Space.Bounds DENSITY = new Space.Bounds(0.05, 1);

    private SearchSpecs() {}

    public static SearchSpec of(MergeExperimentSpec spec, Facts facts) {
        var layers = new TreeMap<String, Integer>();
        spec.models()
                .forEach(model -> layers.put(
                        model.name(), facts.models().get(model.name()).layers()));
        return new SearchSpec(
                spec.seed() == null ? 0 : spec.seed(),
                layers,
                Optional.ofNullable(spec.base()).map(base -> BASE),
                spec.objectives().stream().map(SearchSpecs::objective).toList(),
                spec.baselines().stream().map(SearchSpecs::baseline).toList(),
                spec.stages().stream().map(stage -> stage(stage, spec)).toList(),
                spec.finalists() == null ? 3 : spec.finalists(),
                splits(spec));
    }

    /** The question sets that there are; the same for all tasks. */
    public static Set<Split> splits(MergeExperimentSpec spec) {
        var splits = EnumSet.of(Split.SEARCH, Split.TEST);
        if (spec.evaluation().tasks().getFirst().data().selection() != null) {
            splits.add(Split.SELECTION);
        }
        return splits;
    }

    /** How many candidates the stages may evaluate together, if all of them are bounded so. */
    public static Optional<Integer> budget(MergeExperimentSpec spec) {
        return spec.stages().stream().anyMatch(stage -> stage.budget().evaluations() == null)
                ? Optional.empty()
                : Optional.of(spec.stages().stream()
                        .mapToInt(stage -> stage.budget().evaluations())
                        .sum());
    }

    private static SearchSpec.Objective objective(MergeExperimentSpec.Objective objective) {
        return new SearchSpec.Objective(
                objective.name(),
                objective.goal() == MergeExperimentSpec.Goal.Minimize
                        ? SearchSpec.Goal.MINIMIZE
                        : SearchSpec.Goal.MAXIMIZE);
    }

    private static SearchSpec.Baseline baseline(MergeExperimentSpec.Baseline baseline) {
        return switch (baseline) {
            case Sources -> SearchSpec.Baseline.SOURCES;
            case UniformSoup -> SearchSpec.Baseline.UNIFORM_SOUP;
            case HalfBlend -> SearchSpec.Baseline.HALF_BLEND;
            case Ties -> SearchSpec.Baseline.TIES;
            case DareTies -> SearchSpec.Baseline.DARE_TIES;
            case RandomSearch -> SearchSpec.Baseline.RANDOM_SEARCH;
        };
    }

    private static SearchSpec.Stage stage(Stage stage, MergeExperimentSpec spec) {
        return new SearchSpec.Stage(
                stage.name(),
                space(stage.parameterSpace(), spec),
                algorithm(stage.algorithm()),
                new SearchSpec.Budget(
                        Optional.ofNullable(stage.budget().evaluations()),
                        Optional.ofNullable(stage.budget().generations())));
    }

    private static Space space(Stage.ParameterSpace space, MergeExperimentSpec spec) {
        List<String> all = spec.models().stream()
                .map(MergeExperimentSpec.ModelSource::name)
                .toList();
        return new Space.ParameterSpace(
                MergeMethod.of(space.method().name()),
                space.models().isEmpty() ? all : space.models(),
                Optional.ofNullable(space.layersPerGroup()),
                bounds(space.weight(), WEIGHT),
                bounds(space.density(), DENSITY),
                Boolean.TRUE.equals(space.normalize()));
    }

    private static Space.Bounds bounds(Stage.Bounds bounds, Space.Bounds otherwise) {
        return bounds == null
                ? otherwise
                : new Space.Bounds(Double.parseDouble(bounds.min()), Double.parseDouble(bounds.max()));
    }

    private static Algorithm algorithm(Stage.Algorithm algorithm) {
        return algorithm.cmaEs() != null
                ? new Algorithm.CmaEs(
                        Optional.ofNullable(algorithm.cmaEs().sigma()).map(Double::valueOf),
                        Optional.ofNullable(algorithm.cmaEs().populationSize()))
                : new Algorithm.RandomSearch(algorithm.randomSearch().populationSize());
    }
}
