package dev.evomerge.experiment.spec;

import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.Stage;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeException;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What to search, from a custom resource and what is known of its models. */
public final class SearchSpecs {

    /** The name of {@code spec.base} in recipes. */
    public static final String BASE = "base";

    private static final Space.Bounds WEIGHT = new Space.Bounds(0, 1);
    private static final Space.Bounds DENSITY = new Space.Bounds(0.05, 1);
    private static final Space.Bounds SCALE = new Space.Bounds(0.5, 1.5);
    private static final int PAPER_REPEATS = 3;
    private static final int COMPACT_REPEATS = 2;
    private static final double RACING_ERROR = 0.05;
    private static final double RACING_TOLERANCE = 0.05;

    private SearchSpecs() {}

    /**
     * The search.
     *
     * @throws RecipeException if an injected recipe is none
     */
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
                spec.stages().stream().map(stage -> stage(stage, spec, facts)).toList(),
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
            case GreedySoup -> SearchSpec.Baseline.GREEDY_SOUP;
            case Ties -> SearchSpec.Baseline.TIES;
            case DareTies -> SearchSpec.Baseline.DARE_TIES;
            case RandomSearch -> SearchSpec.Baseline.RANDOM_SEARCH;
        };
    }

    private static SearchSpec.Stage stage(Stage stage, MergeExperimentSpec spec, Facts facts) {
        return new SearchSpec.Stage(
                stage.name(),
                space(stage, spec),
                algorithm(stage.algorithm()),
                new SearchSpec.Budget(
                        Optional.ofNullable(stage.budget().evaluations()),
                        Optional.ofNullable(stage.budget().generations())),
                fidelity(stage, spec, facts),
                inject(stage),
                facts.warmStart(stage.name()));
    }

    /** The space of a stage. */
    public static Space space(Stage stage, MergeExperimentSpec spec) {
        return stage.parameterSpace() != null
                ? parameterSpace(stage.parameterSpace(), spec)
                : dataFlowSpace(stage.dataFlowSpace(), spec);
    }

    private static Space parameterSpace(Stage.ParameterSpace space, MergeExperimentSpec spec) {
        return new Space.ParameterSpace(
                MergeMethod.of(space.method().name()),
                models(space.models(), spec),
                Optional.ofNullable(space.layersPerGroup()),
                space.tensorKinds().stream()
                        .map(kind -> Space.TensorKind.valueOf(kind.name().toUpperCase(Locale.ROOT)))
                        .toList(),
                bounds(space.weight(), WEIGHT),
                bounds(space.density(), DENSITY),
                Boolean.TRUE.equals(space.normalize()));
    }

    private static Space dataFlowSpace(Stage.DataFlowSpace space, MergeExperimentSpec spec) {
        boolean paper = space.encoding() == Stage.PathEncoding.Paper;
        return new Space.DataFlowSpace(
                models(space.models(), spec),
                Optional.ofNullable(space.repeats()).orElse(paper ? PAPER_REPEATS : COMPACT_REPEATS),
                paper ? Space.PathEncoding.PAPER : Space.PathEncoding.COMPACT,
                bounds(space.scale(), SCALE));
    }

    private static List<String> models(List<String> named, MergeExperimentSpec spec) {
        return named.isEmpty()
                ? spec.models().stream()
                        .map(MergeExperimentSpec.ModelSource::name)
                        .toList()
                : named;
    }

    private static Space.Bounds bounds(Stage.Bounds bounds, Space.Bounds otherwise) {
        return bounds == null
                ? otherwise
                : new Space.Bounds(Double.parseDouble(bounds.min()), Double.parseDouble(bounds.max()));
    }

    private static Algorithm algorithm(Stage.Algorithm algorithm) {
        if (algorithm.nsga2() != null) {
            return new Algorithm.Nsga2(algorithm.nsga2().populationSize());
        }
        return algorithm.cmaEs() != null
                ? cmaEs(algorithm.cmaEs())
                : new Algorithm.RandomSearch(algorithm.randomSearch().populationSize());
    }

    private static Algorithm cmaEs(Stage.CmaEs cmaEs) {
        return new Algorithm.CmaEs(
                Optional.ofNullable(cmaEs.sigma()).map(Double::valueOf),
                Optional.ofNullable(cmaEs.populationSize()),
                switch (cmaEs.covariance()) {
                    case Full -> Algorithm.Covariance.FULL;
                    case Diagonal -> Algorithm.Covariance.DIAGONAL;
                    case Auto -> Algorithm.Covariance.AUTO;
                    case null -> Algorithm.Covariance.AUTO;
                },
                cmaEs.restarts() == Stage.Restarts.Bipop ? Algorithm.Restarts.BIPOP : Algorithm.Restarts.NONE,
                cmaEs.noise() == Stage.Noise.LearningRate ? Algorithm.Noise.LEARNING_RATE : Algorithm.Noise.NONE);
    }

    private static Fidelity fidelity(Stage stage, MergeExperimentSpec spec, Facts facts) {
        var fidelity = stage.fidelity();
        if (fidelity == null ? !facts.recommendsFidelity() || !isMeasured(stage, spec) : fidelity.all() != null) {
            return new Fidelity.AllQuestions();
        }
        int pool = facts.data()
                .get(Manifests.taskKey(spec.objectives().getFirst().task(), Split.SEARCH))
                .questions();
        if (fidelity == null) {
            return Fidelity.recommended(pool);
        }
        return fidelity.racing() != null
                ? racing(fidelity.racing(), pool)
                : new Fidelity.Estimation(pool, fidelity.estimation().asked());
    }

    /** Whether {@link Fidelity#recommended} was measured for searches of this kind. */
    private static boolean isMeasured(Stage stage, MergeExperimentSpec spec) {
        return stage.parameterSpace() != null
                && spec.objectives().size() == 1
                && spec.objectives().getFirst().metric().equals("accuracy")
                && spec.evaluation().tasks().size() == 1;
    }

    private static Fidelity racing(Stage.Racing racing, int pool) {
        return new Fidelity.Racing(
                pool,
                racing.first(),
                Optional.ofNullable(racing.error()).map(Double::valueOf).orElse(RACING_ERROR),
                Optional.ofNullable(racing.tolerance()).map(Double::valueOf).orElse(RACING_TOLERANCE));
    }

    private static List<Recipe> inject(Stage stage) {
        var recipes = new ArrayList<Recipe>();
        for (int i = 0; i < stage.inject().size(); i++) {
            try {
                recipes.add(RecipeFormat.parse(stage.inject().get(i)));
            } catch (RecipeException e) {
                throw new RecipeException("stage '" + stage.name() + "': inject[" + i + "]: " + e.getMessage());
            }
        }
        return recipes;
    }
}
