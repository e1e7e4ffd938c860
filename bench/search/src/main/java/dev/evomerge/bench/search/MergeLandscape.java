package dev.evomerge.bench.search;

import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.SearchSpec.Baseline;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import dev.evomerge.search.random.Draws;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A made-up landscape of merges with a right-or-wrong outcome per question, deterministic as merges are.
 *
 * <p>A question is answered if the merge's quality, a concave function of its weights with the optimum somewhere inside, plus a wave over weight space
 * that is the question's own, exceeds the question's difficulty. Sources alone answer few questions, the best merge about two thirds.
 */
final class MergeLandscape implements MergeSimulation.Landscape {

    static final int LAYERS = 4;
    private static final int DIMENSION = 2 * LAYERS;
    private static final double WAVE = 0.6;

    private final double[] optimum;
    private final long seed;
    private final Map<Split, Integer> sizes;

    MergeLandscape(long seed, Map<Split, Integer> sizes) {
        this.seed = seed;
        this.sizes = Map.copyOf(sizes);
        this.optimum = Draws.of(seed, 0).uniforms(DIMENSION);
        Arrays.setAll(optimum, i -> 0.2 + 0.6 * optimum[i]);
    }

    SearchSpec spec(int evaluations, int population, Fidelity fidelity) {
        var space = new Space.ParameterSpace(
                MergeMethod.TASK_ARITHMETIC,
                List.of("a", "b"),
                Optional.of(1),
                new Space.Bounds(0, 1),
                new Space.Bounds(0.1, 1),
                false);
        var stage = new Stage(
                "weights",
                space,
                new Algorithm.CmaEs(Optional.empty(), Optional.of(population)),
                new Budget(Optional.of(evaluations), Optional.empty()),
                fidelity,
                List.of(),
                List.of());
        return new SearchSpec(
                seed,
                new TreeMap<>(Map.of("a", LAYERS, "b", LAYERS)),
                Optional.of("base"),
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(Baseline.SOURCES),
                List.of(stage),
                3,
                sizes.keySet());
    }

    /** The score on questions without end, by a large sample that no search sees. */
    double trueScore(Candidate candidate) {
        double[] x = weights(candidate.recipe());
        int sample = 20_000;
        int right = 0;
        for (int question = 0; question < sample; question++) {
            right += isRight(x, Draws.of(seed, 9, question)) ? 1 : 0;
        }
        return right / (double) sample;
    }

    @Override
    public MergeSimulation.Merge merge(Recipe recipe) {
        double[] x = weights(recipe);
        return (split, question) -> isRight(x, Draws.of(seed, 1 + split.ordinal(), question));
    }

    private boolean isRight(double[] x, Draws question) {
        double distance = 0;
        double phase = 2 * Math.PI * question.nextDouble();
        for (int i = 0; i < x.length; i++) {
            distance += (x[i] - optimum[i]) * (x[i] - optimum[i]);
            phase += 2 * question.nextGaussian() * x[i];
        }
        double difficulty = question.nextGaussian();
        return 0.5 - 2 * distance + WAVE * Math.cos(phase) > difficulty;
    }

    /** Weights in the order of the genome; a source alone has weight 1 for itself. */
    private static double[] weights(Recipe recipe) {
        double[] x = new double[DIMENSION];
        var slices = ((WeightMerge) recipe).slices();
        for (int layer = 0; layer < LAYERS; layer++) {
            var slice = slices.get(slices.size() == 1 ? 0 : layer);
            for (var source : slice.sources()) {
                int model = List.of("a", "b").indexOf(source.model());
                if (model >= 0 && source.parameters().get("weight") instanceof Parameter.Constant(double value)) {
                    x[2 * layer + model] = value;
                }
            }
        }
        return x;
    }
}
