package dev.evomerge.evaluator;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Cost;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.data.ChatTemplate;
import dev.evomerge.contract.data.ChatTemplateException;
import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.NonFiniteLogitsException;
import dev.evomerge.inference.Tokenizer;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.inference.torch.OutOfDeviceMemoryException;
import dev.evomerge.merge.MergeException;
import dev.evomerge.merge.NotFiniteException;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.TokenizerSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * Makes candidates in memory and asks them every task. A merge is written straight into the memory that runs, which merges of the same shape
 * share; a layer path runs in the memory of its sources. As many threads may evaluate as there are lanes.
 */
public final class CandidateEvaluator implements AutoCloseable {

    private final Sources sources;
    private final List<Task> tasks;
    private final List<ObjectiveSpec> objectives;
    private final OptionalInt batchSize;
    private final LongSupplier nanoTime;
    private final Listener listener;
    private final List<Lane> lanes;
    private final Queue<Lane> free;
    private final Map<String, Tokenizer> tokenizers = new HashMap<>();
    private final Map<Asked, List<int[]>> prompts = new HashMap<>();

    /** A task, by its key, asked with the tokenizer of a model. */
    private record Asked(String task, String model) {}

    /** Is told of each answer as soon as it is whole, by the thread that evaluates its candidate. */
    @FunctionalInterface
    public interface Listener {

        /** @param question the number of the question among those that the task asks, from 0 */
        void answered(Task task, int question, Completion completion);
    }

    /**
     * An evaluator of one candidate at a time, on the devices that it takes.
     *
     * @param sources    the models; stay open, the caller closes them
     * @param tasks      what every candidate is asked
     * @param objectives what is reported as fitness, each on one of the tasks
     * @param batchSize  how many answers are generated at once; empty for what is fast on most machines
     * @param nanoTime   a clock that never goes back, in nanoseconds
     */
    public CandidateEvaluator(
            Sources sources,
            List<Task> tasks,
            List<ObjectiveSpec> objectives,
            OptionalInt batchSize,
            LongSupplier nanoTime) {
        this(sources, tasks, objectives, batchSize, nanoTime, (task, question, completion) -> {});
    }

    /** The same, with somebody who looks on. */
    public CandidateEvaluator(
            Sources sources,
            List<Task> tasks,
            List<ObjectiveSpec> objectives,
            OptionalInt batchSize,
            LongSupplier nanoTime,
            Listener listener) {
        this(sources, tasks, objectives, batchSize, nanoTime, listener, List.of(new Lane(sources, List.of())));
    }

    /** An evaluator of as many candidates at once as there are lanes; it closes them. */
    CandidateEvaluator(
            Sources sources,
            List<Task> tasks,
            List<ObjectiveSpec> objectives,
            OptionalInt batchSize,
            LongSupplier nanoTime,
            Listener listener,
            List<Lane> lanes) {
        this.sources = sources;
        this.tasks = List.copyOf(tasks);
        this.objectives = List.copyOf(objectives);
        this.batchSize = batchSize;
        this.nanoTime = nanoTime;
        this.listener = listener;
        this.lanes = List.copyOf(lanes);
        this.free = new ConcurrentLinkedQueue<>(lanes);
    }

    /** How many candidates may be evaluated at once, by a thread each. */
    public int lanes() {
        return lanes.size();
    }

    /**
     * Evaluates a candidate. What is wrong with the candidate itself becomes a failure in its result.
     *
     * @throws IOException           if a source's tokenizer cannot be read
     * @throws IllegalStateException if as many are evaluated already as there are {@link #lanes()}
     */
    public CandidateResult evaluate(String batch, CandidateSpec candidate) throws IOException {
        Lane lane = free.poll();
        if (lane == null) {
            throw new IllegalStateException("all " + lanes() + " lanes are taken");
        }
        try {
            return evaluate(batch, candidate, lane);
        } finally {
            free.add(lane);
        }
    }

    private CandidateResult evaluate(String batch, CandidateSpec candidate, Lane lane) throws IOException {
        long start = nanoTime.getAsLong();
        Answers answers = new Answers();
        Optional<Failure> failure = Optional.empty();
        try {
            answer(candidate.recipe(), lane, answers);
        } catch (NonFiniteLogitsException | NotFiniteException e) {
            failure = Optional.of(new Failure(Failure.NOT_FINITE, message(e)));
        } catch (MergeException | UnsupportedModelException | InvalidModelException e) {
            failure = Optional.of(new Failure(Failure.INVALID_RECIPE, message(e)));
        } catch (OutOfMemoryError | OutOfDeviceMemoryException e) {
            lane.release();
            failure = Optional.of(new Failure(Failure.OUT_OF_MEMORY, message(e)));
        }
        double seconds = (nanoTime.getAsLong() - start) / 1e9 / lanes();
        return new CandidateResult(
                CandidateManifest.API_VERSION,
                batch,
                candidate.id(),
                failure.isPresent() ? Map.of() : answers.results,
                failure.isPresent() ? List.of() : fitness(answers.results),
                failure,
                new Cost(answers.questions, answers.promptTokens, answers.generatedTokens, seconds));
    }

    private List<Double> fitness(Map<String, TaskResult> results) {
        return objectives.stream()
                .map(objective -> results.get(objective.task()).metrics().get(objective.metric()))
                .toList();
    }

    /** What was answered so far: a candidate that fails late has cost something too. */
    private static final class Answers {
        private final Map<String, TaskResult> results = new HashMap<>();
        private long questions;
        private long promptTokens;
        private long generatedTokens;

        void add(Task task, List<Completion> completions) {
            questions += completions.size();
            for (Completion completion : completions) {
                promptTokens += completion.promptTokens();
                generatedTokens += completion.tokens().size();
            }
            results.put(task.spec().key(), task.score(completions));
        }
    }

    private void answer(Recipe recipe, Lane lane, Answers answers) throws IOException {
        switch (recipe) {
            case WeightMerge merge -> ask(lane.merged(merge), tokenizerOf(merge), answers);
            case LayerPath path -> {
                try (CausalModel model = lane.routed(path)) {
                    ask(model, tokenizerOf(path), answers);
                }
            }
        }
    }

    private void ask(CausalModel model, String tokenizer, Answers answers) throws IOException {
        Generator generator = new Generator(model, tokenizer(tokenizer));
        for (Task task : tasks) {
            GenerationOptions options = GenerationOptions.greedy(
                            model, task.spec().generation().maxNewTokens())
                    .withStop(task.spec().generation().stop());
            List<Completion> completions = generator.generateTokens(
                    prompts(task, tokenizer),
                    batchSize.isPresent() ? options.withBatchSize(batchSize.getAsInt()) : options,
                    (question, completion) -> listener.answered(task, question, completion));
            answers.add(task, completions);
        }
    }

    /** A task's prompts as tokens of a model's tokenizer, each text encoded once. */
    private synchronized List<int[]> prompts(Task task, String model) throws IOException {
        Asked asked = new Asked(task.spec().key(), model);
        List<int[]> known = prompts.get(asked);
        if (known == null) {
            Tokenizer tokenizer = tokenizer(model);
            known = task.spec().chat().isEmpty()
                    ? tokenizer.encode(task.prompts(), true)
                    // A chat template writes special tokens itself.
                    : tokenizer.encode(conversations(task, sources.source(model)), false);
            prompts.put(asked, known);
        }
        return known;
    }

    private static List<String> conversations(Task task, TensorSource model) throws IOException {
        try {
            ChatTemplate template = ChatTemplate.of(model.name(), model::file);
            return task.prompts().stream()
                    .map(prompt -> template.render(task.spec().chat().orElseThrow(), prompt))
                    .toList();
        } catch (ChatTemplateException e) {
            throw new InvalidModelException(e.getMessage());
        }
    }

    /**
     * Prepares prompts for candidates, so that what is wrong with a tokenizer or its chat template shows before the first of them is made.
     *
     * @throws InvalidModelException     if a model lacks a tokenizer, or a chat template that a task needs
     * @throws UnsupportedModelException if one of them cannot be used
     * @throws IOException               if they cannot be read
     */
    public void prepare(List<CandidateSpec> candidates) throws IOException {
        for (CandidateSpec candidate : candidates) {
            for (Task task : tasks) {
                prompts(task, tokenizerOf(candidate.recipe()));
            }
        }
    }

    /** The model that gives a recipe's tokenizer. */
    private static String tokenizerOf(Recipe recipe) {
        return switch (recipe) {
            case LayerPath path -> path.embeddings();
            case WeightMerge merge ->
                merge.tokenizer()
                        .map(source -> switch (source) {
                            case TokenizerSource.Model(String name) -> name;
                            case TokenizerSource.Union() -> merge.reference();
                        })
                        .orElse(merge.reference());
        };
    }

    private synchronized Tokenizer tokenizer(String model) throws IOException {
        Tokenizer tokenizer = tokenizers.get(model);
        if (tokenizer == null) {
            TensorSource source = sources.source(model);
            byte[] json = source.file("tokenizer.json")
                    .orElseThrow(() -> new InvalidModelException(
                            source.name() + ": no tokenizer.json, expected one in the fast tokenizers' format"));
            tokenizer = Tokenizer.read(source.name() + "/tokenizer.json", json);
            tokenizers.put(model, tokenizer);
        }
        return tokenizer;
    }

    private static String message(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public void close() {
        lanes.forEach(Lane::close);
        tokenizers.values().forEach(Tokenizer::close);
    }
}
