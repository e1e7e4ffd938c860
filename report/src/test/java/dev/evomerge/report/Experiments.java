package dev.evomerge.report;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.report.ExperimentFacts.Command;
import dev.evomerge.report.ExperimentFacts.Cost;
import dev.evomerge.report.ExperimentFacts.EvaluatedBatch;
import dev.evomerge.report.ExperimentFacts.Output;
import dev.evomerge.report.ExperimentFacts.Timing;
import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Evaluation;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.SearchSpec.Baseline;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Objective;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Space;
import dev.evomerge.search.Space.Bounds;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Experiments whose searches are real and whose models are made up: every question has a difficulty, every recipe an ability. */
final class Experiments {

    static final int SEARCH_QUESTIONS = 200;

    private static final Map<Split, Integer> QUESTIONS =
            Map.of(Split.SEARCH, SEARCH_QUESTIONS, Split.SELECTION, 200, Split.TEST, 400);
    private static final Instant START = Instant.parse("2026-11-24T03:10:00Z");
    private static final List<Baseline> BASELINES = List.of(
            Baseline.SOURCES,
            Baseline.UNIFORM_SOUP,
            Baseline.HALF_BLEND,
            Baseline.TIES,
            Baseline.DARE_TIES,
            Baseline.RANDOM_SEARCH);

    private Experiments() {}

    /** Weights and densities by layer group. */
    static SearchSpec weights() {
        return spec(
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(new Stage("weights", weightSpace(MergeMethod.DARE_TIES, 4), cmaEs(12), evaluations(288))));
    }

    /** A few candidates of one layer group, for a page that can be read whole. */
    static SearchSpec small() {
        return spec(
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(new Stage("weights", weightSpace(MergeMethod.TASK_ARITHMETIC, 16), cmaEs(4), evaluations(12))));
    }

    /** Accuracy against the length of answers. */
    static SearchSpec twoObjectives() {
        return spec(
                List.of(new Objective("accuracy", Goal.MAXIMIZE), new Objective("answer tokens", Goal.MINIMIZE)),
                List.of(new Stage(
                        "weights",
                        weightSpace(MergeMethod.TASK_ARITHMETIC, 8),
                        new Algorithm.Nsga2(16),
                        evaluations(320))));
    }

    /** Weights first, then a path through the result and a source. */
    static SearchSpec twoStages() {
        var path = new Space.DataFlowSpace(
                List.of("stages.weights", "japanese"), 1, Space.PathEncoding.COMPACT, new Bounds(0.5, 1.5));
        return spec(
                List.of(new Objective("accuracy", Goal.MAXIMIZE)),
                List.of(
                        new Stage("weights", weightSpace(MergeMethod.TASK_ARITHMETIC, 8), cmaEs(8), evaluations(96)),
                        new Stage("path", path, cmaEs(8), evaluations(96))));
    }

    /** The whole experiment. */
    static ExperimentFacts finished(SearchSpec spec) {
        return after(spec, Integer.MAX_VALUE);
    }

    /** The experiment after so many batches. */
    static ExperimentFacts after(SearchSpec spec, int batches) {
        var search = new Search(spec);
        var records = new ArrayList<BatchRecord>();
        var history = new ArrayList<EvaluatedBatch>();
        while (records.size() < batches && search.next(records) instanceof Step.Evaluate(Batch batch)) {
            var record = new BatchRecord(
                    batch.number(),
                    batch.candidates().stream()
                            .map(candidate -> new Evaluation(candidate.id(), outcome(spec, batch, candidate)))
                            .toList());
            records.add(record);
            history.add(new EvaluatedBatch(batch, record, cost(batch)));
        }
        return facts("research", "japanese-maths", spec, history, search.next(records));
    }

    static ExperimentFacts facts(
            String namespace, String name, SearchSpec spec, List<EvaluatedBatch> history, Step next) {
        boolean over = next instanceof Step.Finished;
        Instant now = START.plusSeconds(410L * history.size());
        return new ExperimentFacts(
                namespace,
                name,
                spec,
                new TreeMap<>(Map.of(
                        "japanese", "s3://models/japanese-7b",
                        "maths", "s3://models/maths-7b",
                        "base", "s3://models/base-7b")),
                QUESTIONS,
                history,
                next,
                Optional.empty(),
                over
                        ? Optional.of(new Output(
                                "s3://results/japanese-maths",
                                "9f2c8a41d07be36519c4d5e8f0a2b7316c9e4d8b5f1a03e7d2c6b8940e5f7a1c"))
                        : Optional.empty(),
                "apiVersion: evomerge.dev/v1alpha1\nkind: MergeExperiment\nmetadata:\n  name: " + name + "\n",
                List.of(new Command(
                        "Make the model again on one machine, from the recipe above",
                        "evomerge merge recipe.yaml ./" + name
                                + " --model base=s3://models/base-7b --model japanese=s3://models/japanese-7b"
                                + " --model maths=s3://models/maths-7b")),
                new Timing(Optional.of(START), now, over ? Optional.of(now) : Optional.empty()));
    }

    private static SearchSpec spec(List<Objective> objectives, List<Stage> stages) {
        return new SearchSpec(
                42,
                new TreeMap<>(Map.of("japanese", 32, "maths", 32)),
                Optional.of("base"),
                objectives,
                BASELINES,
                stages,
                objectives.size() == 1 ? 4 : 12);
    }

    private static Space weightSpace(MergeMethod method, int layersPerGroup) {
        return new Space.ParameterSpace(
                method,
                List.of("japanese", "maths"),
                Optional.of(layersPerGroup),
                new Bounds(0, 1.5),
                new Bounds(0.1, 1),
                false);
    }

    private static Algorithm cmaEs(int population) {
        return new Algorithm.CmaEs(Optional.empty(), Optional.of(population));
    }

    private static Budget evaluations(int limit) {
        return new Budget(Optional.of(limit), Optional.empty());
    }

    private static Evaluation.Outcome outcome(SearchSpec spec, Batch batch, Candidate candidate) {
        if (batch.kind() == Batch.Kind.GENERATION) {
            int luck = Math.floorMod(candidate.id().hashCode() * 31, 47);
            if (luck < 2) {
                return new Evaluation.Failed(luck == 0 ? "OutOfMemory" : "Timeout");
            }
        }
        Map<Split, Evaluation.Scores> scores = new EnumMap<>(Split.class);
        batch.splits().forEach(split -> scores.put(split, scores(spec, split, candidate.recipe(), batch.models())));
        return new Evaluation.Scored(scores);
    }

    private static Evaluation.Scores scores(SearchSpec spec, Split split, Recipe recipe, Map<String, Recipe> models) {
        double ability = ability(recipe, models);
        var difficulties = new Random(split.ordinal());
        var slips = new Random(RecipeFormat.toJson(recipe).hashCode());
        double[] items = IntStream.range(0, QUESTIONS.get(split))
                .mapToDouble(i -> ability + 0.08 * slips.nextGaussian() > difficulties.nextDouble() ? 1 : 0)
                .toArray();
        double accuracy = Arrays.stream(items).average().orElseThrow();
        double length = 18 + 40 * meanWeight(recipe) + 1.5 * slips.nextGaussian();
        return new Evaluation.Scores(
                spec.objectives().size() == 1 ? new double[] {accuracy} : new double[] {accuracy, length}, items);
    }

    /** The expected share of right answers: highest where Japanese weighs early, mathematics late, and densities are middling. */
    private static double ability(Recipe recipe, Map<String, Recipe> models) {
        return switch (recipe) {
            case WeightMerge merge -> {
                double loss = 0;
                int slices = merge.slices().size();
                for (int i = 0; i < slices; i++) {
                    double depth = slices == 1 ? 0.5 : i / (slices - 1.0);
                    double japanese = value(merge, i, "japanese", "weight", 0) - (1.1 - 0.8 * depth);
                    double maths = value(merge, i, "maths", "weight", 0) - (0.35 + 0.85 * depth);
                    double density = value(merge, i, "maths", "density", 1) - 0.55;
                    loss += japanese * japanese + maths * maths + 0.3 * density * density;
                }
                yield 0.78 * Math.exp(-2.1 * loss / slices);
            }
            case LayerPath path -> {
                double before = models.values().stream()
                        .filter(WeightMerge.class::isInstance)
                        .mapToDouble(part -> ability(part, models))
                        .max()
                        .orElse(0.2);
                double loss = path.hops().stream()
                                .mapToDouble(hop -> (hop.scale() - 1) * (hop.scale() - 1))
                                .average()
                                .orElseThrow()
                        + Math.abs(path.hops().size() - 34) / 60.0;
                yield Math.min(0.95, (before + 0.12) * Math.exp(-1.5 * loss));
            }
        };
    }

    private static double value(WeightMerge merge, int slice, String model, String parameter, double otherwise) {
        return merge.slices().get(slice).sources().stream()
                .filter(source -> source.model().equals(model))
                .filter(source -> source.parameters().get(parameter) instanceof Parameter.Constant)
                .mapToDouble(source -> ((Parameter.Constant) source.parameters().get(parameter)).value())
                .findFirst()
                .orElse(otherwise);
    }

    private static double meanWeight(Recipe recipe) {
        return recipe instanceof WeightMerge merge
                ? IntStream.range(0, merge.slices().size())
                        .mapToDouble(i -> value(merge, i, "maths", "weight", 0))
                        .average()
                        .orElseThrow()
                : 0.5;
    }

    private static Cost cost(Batch batch) {
        long questions = batch.candidates().size()
                * batch.splits().stream().mapToLong(QUESTIONS::get).sum();
        return new Cost(
                questions,
                61 * questions,
                143 * questions,
                OptionalDouble.of(0.22 * questions),
                OptionalDouble.of(0.2 * questions));
    }
}
