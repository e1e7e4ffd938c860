package dev.evomerge.experiment;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.crds.Evaluation;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.MergeExperimentSpec.Baseline;
import dev.evomerge.crds.Stage;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Search;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What an experiment may cost, computed before its first pod starts from what the preflight knows. Upper bounds: stages may stop early, answers are
 * mostly shorter than they may be, and a prompt has fewer tokens than bytes.
 *
 * @param podMemory  bytes of weights and caches in one evaluator pod; empty if the models' configurations do not say enough
 * @param podReads   bytes of models that a pod reads when it starts
 * @param candidates evaluations, baselines and finalists included
 * @param questions  answers to generate for all of them
 * @param tokens     tokens of these answers
 * @param generation the largest generation
 */
public record Budget(
        OptionalLong podMemory, long podReads, int candidates, long questions, long tokens, Generation generation) {

    /** How many answers an evaluator generates at once unless it is told otherwise. */
    private static final int ANSWERS_AT_ONCE = 64;

    /** Caches and merged models hold 16-bit numbers. */
    private static final int BYTES = 2;

    /**
     * One generation.
     *
     * @param candidates how many are bred
     * @param questions  answers to generate
     * @param tokens     tokens of these answers
     */
    public record Generation(int candidates, long questions, long tokens) {}

    /** The budget of an experiment that has passed its preflight. */
    public static Budget of(MergeExperimentSpec spec, Facts facts) {
        var search = new Search(SearchSpecs.of(spec, facts));
        var asked = new Asked(spec, facts);
        int compared = compared(spec);
        int random = spec.baselines().contains(Baseline.RandomSearch) ? search.evaluations(0) : 0;
        int candidates = compared + random;
        long questions = candidates * asked.questions(Split.SEARCH);
        long tokens = candidates * asked.tokens(Split.SEARCH);
        var largest = new Generation(0, 0, 0);
        for (int i = 0; i < spec.stages().size(); i++) {
            long pool = asked.questions(Split.SEARCH);
            long inStage = search.questions(i, pool);
            var generation = asked.generation(search.populationSize(i), search.questionsOfGeneration(i, pool));
            largest = generation.questions() > largest.questions() ? generation : largest;
            candidates += search.evaluations(i);
            questions += inStage;
            tokens += asked.tokensOf(inStage);
        }
        // Finalists and what they are compared with answer the unseen questions.
        int shown = spec.finalists() * spec.stages().size() + compared + (random > 0 ? 1 : 0);
        for (Split split : List.of(Split.SELECTION, Split.TEST)) {
            questions += shown * asked.questions(split);
            tokens += shown * asked.tokens(split);
        }
        return new Budget(podMemory(spec, facts), podReads(facts), candidates + shown, questions, tokens, largest);
    }

    /** Baselines but the random search. */
    private static int compared(MergeExperimentSpec spec) {
        return spec.baselines().stream()
                .mapToInt(baseline -> switch (baseline) {
                    case Sources -> spec.models().size() + (spec.base() == null ? 0 : 1);
                    case GreedySoup -> spec.models().size();
                    case RandomSearch -> 0;
                    default -> 1;
                })
                .sum();
    }

    private static long podReads(Facts facts) {
        return facts.models().values().stream()
                .flatMap(model -> model.size().stream())
                .mapToLong(Facts.Size::bytes)
                .sum();
    }

    /**
     * All sources stay in memory; a merge, and the winner of each stage that another one builds on, is one more model; and each of the answers that
     * are generated at once has keys and values for each token in each layer that it passes. A pod with several GPUs has a merge and answers on each.
     */
    private static OptionalLong podMemory(MergeExperimentSpec spec, Facts facts) {
        var models = facts.models().values();
        boolean known = models.stream()
                        .allMatch(model ->
                                model.size().map(Facts.Size::cacheWidth).orElse(0) > 0)
                && facts.data().values().stream().allMatch(data -> data.prompt().isPresent());
        if (!known) {
            return OptionalLong.empty();
        }
        long parameters =
                models.stream().mapToLong(Facts.Model::parameters).max().orElseThrow();
        long merges = spec.stages().stream()
                .filter(stage -> stage.parameterSpace() != null)
                .count();
        int cacheWidth = models.stream()
                .mapToInt(model -> model.size().orElseThrow().cacheWidth())
                .max()
                .orElseThrow();
        int hops = spec.stages().stream()
                .mapToInt(stage -> hops(stage, spec, facts))
                .max()
                .orElseThrow();
        long tokens = spec.evaluation().tasks().stream()
                .mapToLong(task -> maxNewTokens(task)
                        + Manifests.dataSets(task).keySet().stream()
                                .mapToInt(split -> facts.data()
                                        .get(Manifests.taskKey(task.name(), split))
                                        .prompt()
                                        .orElseThrow())
                                .max()
                                .orElseThrow())
                .max()
                .orElseThrow();
        int atOnce =
                Math.clamp(Manifests.gpusPerPod(spec.evaluation()), 1, Manifests.candidatesPerPod(spec.evaluation()));
        long merged = merges == 0 ? 0 : (merges + atOnce - 1) * parameters * BYTES;
        long caches = ANSWERS_AT_ONCE * tokens * hops * cacheWidth * BYTES;
        return OptionalLong.of(podReads(facts) + merged + atOnce * caches);
    }

    /** The most layers that a token of a stage's candidates passes. */
    private static int hops(Stage stage, MergeExperimentSpec spec, Facts facts) {
        int layers = facts.models().values().stream()
                .mapToInt(Facts.Model::layers)
                .max()
                .orElseThrow();
        return switch (SearchSpecs.space(stage, spec)) {
            case Space.ParameterSpace parameters -> layers;
            case Space.DataFlowSpace paths ->
                paths.encoding() == Space.PathEncoding.COMPACT
                        ? layers * paths.repeats()
                        : layers * paths.repeats() * paths.models().size();
        };
    }

    private static int maxNewTokens(Evaluation.Task task) {
        return Manifests.generation(task).maxNewTokens();
    }

    /** What a candidate is asked. */
    private record Asked(MergeExperimentSpec spec, Facts facts) {

        long questions(Split split) {
            return spec.evaluation().tasks().stream()
                    .mapToLong(task -> count(task, split))
                    .sum();
        }

        long tokens(Split split) {
            return spec.evaluation().tasks().stream()
                    .mapToLong(task -> (long) count(task, split) * maxNewTokens(task))
                    .sum();
        }

        /** Tokens of answers to search questions: each task has its share of them. */
        long tokensOf(long searchQuestions) {
            return Math.round((double) searchQuestions / questions(Split.SEARCH) * tokens(Split.SEARCH));
        }

        Generation generation(int candidates, long searchQuestions) {
            return new Generation(candidates, searchQuestions, tokensOf(searchQuestions));
        }

        private int count(Evaluation.Task task, Split split) {
            var data = facts.data().get(Manifests.taskKey(task.name(), split));
            return data == null ? 0 : data.questions();
        }
    }

    /**
     * How long a generation takes, in hours, at the rate of those that were recorded; empty before the first. Pods' starts are left out.
     *
     * @param pods how many evaluate at once
     */
    public OptionalDouble hoursPerGeneration(List<RecordedBatch> batches, int pods) {
        var seconds = batches.stream()
                .filter(batch -> batch.kind() == Batch.Kind.GENERATION)
                .flatMap(batch -> batch.results().stream())
                .map(CandidateResult::cost)
                .mapToDouble(CandidateResult.Cost::seconds)
                .average();
        return seconds.isEmpty()
                ? seconds
                : OptionalDouble.of(seconds.getAsDouble() * generation.candidates() / Math.max(1, pods) / 3600);
    }
}
