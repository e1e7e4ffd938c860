package dev.evomerge.examples.results;

import dev.evomerge.contract.data.DataException;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.SearchSpec.Baseline;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Space;
import dev.evomerge.search.Step;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Everything that is measured of a case with one seed: each method's merge, and what it took to find it. */
final class Study {

    /** The base's name in recipes. */
    static final String BASE = "base";

    /** How many of a search's best are asked the selection questions. */
    static final int FINALISTS = 3;

    private static final int POPULATION = 8;

    private static final Space.Bounds WEIGHT = new Space.Bounds(0, 1.5);
    private static final Space.Bounds DENSITY = new Space.Bounds(0.05, 1);
    private static final Space.Bounds SCALE = new Space.Bounds(0.5, 1.5);

    /** Far from any good path, a search has to jump; around a good merge, whose own path is where it starts, it has to look closely. */
    private static final double FAR = 0.1;

    private static final double CLOSE = 0.03;
    private static final String WEIGHTS = "weights";

    private final CaseStudy study;
    private final Lab lab;
    private final int layers;
    private final long seed;

    Study(CaseStudy study, Lab lab, int layers, long seed) {
        this.study = study;
        this.lab = lab;
        this.layers = layers;
        this.seed = seed;
    }

    /**
     * A method's merge.
     *
     * @param recipe how to make it
     * @param made   the models that it names besides sources and base
     * @param spent  what was asked to find it; nothing where a recipe is fixed
     */
    record Merge(Recipe recipe, Map<String, Recipe> made, Spent spent) {

        static Merge fixed(Recipe recipe) {
            return new Merge(recipe, Map.of(), Spent.NOTHING);
        }
    }

    /** The merges by the method's name, in the order of the table. */
    Map<Method, Merge> merges() throws IOException, DataException {
        var merges = new LinkedHashMap<Method, Merge>();
        var weights = Experiment.run(spec(List.of(weights(cmaEs(Optional.empty()))), fixedBaselines()), lab);
        handMade(weights, merges);
        var random = Experiment.run(spec(List.of(weights(new Algorithm.RandomSearch(POPULATION))), List.of()), lab);
        merges.put(Method.RANDOM, winner(random));
        merges.put(Method.PS, winner(weights));
        merges.put(Method.DFS, winner(Experiment.run(paths(), lab)));
        merges.put(Method.HYBRID, winner(Experiment.run(hybrid(), lab)));
        return merges;
    }

    /** The search in data flow space, {@code dfs.yaml} of the case. */
    SearchSpec paths() {
        return spec(List.of(paths(study.language(), FAR)), List.of());
    }

    /** Weights, then paths, {@code hybrid.yaml} of the case. */
    SearchSpec hybrid() {
        return spec(List.of(weights(cmaEs(Optional.empty())), paths("stages." + WEIGHTS, CLOSE)), List.of());
    }

    private static Merge winner(Experiment.Outcome outcome) {
        return new Merge(
                outcome.finished().winner().recipe(), outcome.finished().models(), outcome.search());
    }

    private void handMade(Experiment.Outcome outcome, Map<Method, Merge> merges) {
        var fixed = new LinkedHashMap<String, Step.Standing>();
        outcome.finished()
                .table()
                .forEach(standing -> fixed.put(standing.candidate().id(), standing));
        merges.put(Method.BASE, fixed(fixed, "source-" + BASE));
        merges.put(Method.SKILL, fixed(fixed, "source-" + study.skill()));
        merges.put(Method.LANGUAGE, fixed(fixed, "source-" + study.language()));
        merges.put(Method.UNIFORM_SOUP, fixed(fixed, "uniform-soup"));
        merges.put(Method.GREEDY_SOUP, greedySoup(fixed, outcome));
        merges.put(Method.HALF_BLEND, fixed(fixed, "half-blend"));
        merges.put(Method.SUM, Merge.fixed(sum(study)));
        merges.put(Method.TIES, fixed(fixed, "ties"));
        merges.put(Method.DARE_TIES, fixed(fixed, "dare-ties"));
        merges.put(Method.STACKING, Merge.fixed(stacking()));
    }

    private static Merge fixed(Map<String, Step.Standing> candidates, String id) {
        return Merge.fixed(candidates.get(id).candidate().recipe());
    }

    /** Of two sources, the greedy soup is the better one, or the mean of both where that is no worse on the search questions. */
    private Merge greedySoup(Map<String, Step.Standing> candidates, Experiment.Outcome outcome) {
        var best = study.specialists().stream()
                .map(name -> candidates.get("source-" + name))
                .max((a, b) ->
                        Double.compare(a.search().orElseThrow(), b.search().orElseThrow()))
                .orElseThrow();
        var soup = candidates.get("uniform-soup");
        boolean both = soup.search().orElseThrow() >= best.search().orElseThrow();
        Spent spent = Stream.concat(
                        study.specialists().stream().map(name -> "source-" + name), Stream.of("uniform-soup"))
                .map(outcome.others()::get)
                .reduce(Spent.NOTHING, Spent::plus);
        return new Merge((both ? soup : best).candidate().recipe(), Map.of(), spent);
    }

    /** The sum of both task vectors. */
    static WeightMerge sum(CaseStudy study) {
        var sources = study.specialists().stream()
                .map(name -> Source.of(name, Map.of("weight", 1.0)))
                .toList();
        return WeightMerge.of(MergeMethod.TASK_ARITHMETIC, Optional.of(BASE), sources, Map.of(), 0);
    }

    /** All layers of one model after all layers of the other, as they are. */
    private LayerPath stacking() {
        return new LayerPath(
                study.language(),
                study.specialists().stream().flatMap(model -> layersOf(model)).toList());
    }

    private Stream<Hop> layersOf(String model) {
        return IntStream.range(0, layers).mapToObj(layer -> new Hop(model, layer, 1));
    }

    private SearchSpec spec(List<Stage> stages, List<Baseline> baselines) {
        var models = new TreeMap<String, Integer>();
        study.specialists().forEach(name -> models.put(name, layers));
        return new SearchSpec(
                seed,
                models,
                Optional.of(BASE),
                List.of(new SearchSpec.Objective("accuracy", SearchSpec.Goal.MAXIMIZE)),
                baselines,
                stages,
                FINALISTS);
    }

    private static List<Baseline> fixedBaselines() {
        return Stream.of(Baseline.values())
                .filter(baseline -> baseline != Baseline.RANDOM_SEARCH)
                .toList();
    }

    private static Algorithm cmaEs(Optional<Double> sigma) {
        return new Algorithm.CmaEs(sigma, Optional.of(POPULATION));
    }

    private static SearchSpec.Budget budget(int evaluations) {
        return new SearchSpec.Budget(Optional.of(evaluations), Optional.empty());
    }

    /** Parameter space: a weight per layer and specialist. */
    private Stage weights(Algorithm algorithm) {
        return new Stage(
                WEIGHTS,
                new Space.ParameterSpace(
                        MergeMethod.TASK_ARITHMETIC, study.specialists(), Optional.of(1), WEIGHT, DENSITY, false),
                algorithm,
                budget(study.evaluations()));
    }

    /**
     * Data flow space between a model that speaks the language and the specialist with the skill. The first generation holds the models as they
     * are: what comes out is no worse on the search questions.
     */
    private Stage paths(String first, double sigma) {
        List<Recipe> known = Stream.of(first, study.skill())
                .<Recipe>map(model -> new LayerPath(first, layersOf(model).toList()))
                .toList();
        return new Stage(
                "paths",
                new Space.DataFlowSpace(List.of(first, study.skill()), 2, Space.PathEncoding.COMPACT, SCALE),
                cmaEs(Optional.of(sigma)),
                budget(study.pathEvaluations()),
                new Fidelity.AllQuestions(),
                known,
                List.of());
    }
}
