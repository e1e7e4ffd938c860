package dev.evomerge.evaluator;

import ai.djl.engine.EngineException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Cost;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.inference.CausalModel;
import dev.evomerge.inference.Completion;
import dev.evomerge.inference.GenerationOptions;
import dev.evomerge.inference.Generator;
import dev.evomerge.inference.NonFiniteLogitsException;
import dev.evomerge.inference.ResidentModel;
import dev.evomerge.inference.Tokenizer;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.MergeException;
import dev.evomerge.merge.NotFiniteException;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.TokenizerSource;
import dev.evomerge.recipe.WeightMerge;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.LongSupplier;

/**
 * Makes candidates in memory and asks them every task. A candidate is written straight into the memory that runs; candidates of the same shape
 * share it. One at a time.
 */
public final class CandidateEvaluator implements AutoCloseable {

    private final Sources sources;
    private final List<Task> tasks;
    private final List<ObjectiveSpec> objectives;
    private final OptionalInt batchSize;
    private final LongSupplier nanoTime;
    private final Map<String, Tokenizer> tokenizers = new HashMap<>();
    private final Map<String, ResidentModel> residents = new HashMap<>();
    private Optional<Place> place = Optional.empty();

    /** Memory for merged models of one shape, and the network that runs there. */
    private record Place(JsonNode config, DType dtype, ResidentModel weights, CausalModel model) {

        boolean fits(JsonNode otherConfig, DType otherDtype) {
            return config.equals(otherConfig) && dtype == otherDtype;
        }

        void close() {
            model.close();
            weights.close();
        }
    }

    /**
     * An evaluator.
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
        this.sources = sources;
        this.tasks = List.copyOf(tasks);
        this.objectives = List.copyOf(objectives);
        this.batchSize = batchSize;
        this.nanoTime = nanoTime;
    }

    /**
     * Evaluates a candidate. What is wrong with the candidate itself becomes a failure in its result.
     *
     * @throws IOException if a source's tokenizer cannot be read
     */
    public CandidateResult evaluate(String batch, CandidateSpec candidate) throws IOException {
        long start = nanoTime.getAsLong();
        Answers answers = new Answers();
        Optional<Failure> failure = Optional.empty();
        try {
            answer(candidate.recipe(), answers);
        } catch (NonFiniteLogitsException | NotFiniteException e) {
            failure = Optional.of(new Failure(Failure.NOT_FINITE, message(e)));
        } catch (MergeException | UnsupportedModelException | InvalidModelException e) {
            failure = Optional.of(new Failure(Failure.INVALID_RECIPE, message(e)));
        } catch (OutOfMemoryError e) {
            releaseMemory();
            failure = Optional.of(new Failure(Failure.OUT_OF_MEMORY, message(e)));
        } catch (EngineException e) {
            if (!isOutOfMemory(e)) {
                throw e;
            }
            releaseMemory();
            failure = Optional.of(new Failure(Failure.OUT_OF_MEMORY, message(e)));
        }
        double seconds = (nanoTime.getAsLong() - start) / 1e9;
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

    private void answer(Recipe recipe, Answers answers) throws IOException {
        switch (recipe) {
            case WeightMerge merge -> {
                CausalModel model = merged(merge);
                ask(model, tokenizerOf(merge), answers);
            }
            case LayerPath path -> {
                try (CausalModel model = routed(path)) {
                    ask(model, path.embeddings(), answers);
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
            List<Completion> completions = generator.generate(
                    task.prompts(), batchSize.isPresent() ? options.withBatchSize(batchSize.getAsInt()) : options);
            answers.add(task, completions);
        }
    }

    private CausalModel merged(WeightMerge merge) throws IOException {
        JsonNode config = sources.merger().config(merge);
        DType dtype = dtype(merge);
        if (place.isEmpty() || !place.get().fits(config, dtype)) {
            place.ifPresent(Place::close);
            place = Optional.empty();
            TensorSource reference = sources.loaded(merge.reference());
            ResidentModel weights =
                    ResidentModel.allocate(new Blank(config, sources.merger().tensors(merge), reference), dtype);
            place = Optional.of(new Place(config, dtype, weights, CausalModel.of(weights)));
        }
        sources.merger().merge(merge, place.get().weights());
        return place.get().model();
    }

    /** The shape of a model that is yet to be merged. */
    private record Blank(JsonNode config, SortedMap<String, TensorInfo> tensors, TensorSource reference)
            implements TensorSource {

        @Override
        public String name() {
            return "the merged model";
        }

        @Override
        public Optional<byte[]> file(String name) throws IOException {
            return reference.file(name);
        }

        @Override
        public MemorySegment load(String tensor, Arena arena) {
            throw new UnsupportedOperationException("a model that is yet to be merged has no data");
        }
    }

    private DType dtype(WeightMerge merge) throws IOException {
        Set<DType> dtypes = new HashSet<>();
        sources.merger().tensors(merge).values().stream().map(TensorInfo::dtype).forEach(dtypes::add);
        if (dtypes.size() != 1) {
            throw new UnsupportedModelException("the merged model has tensors of the types "
                    + dtypes.stream().sorted().toList() + ", expected one type; a dtype in the recipe makes it so");
        }
        return dtypes.iterator().next();
    }

    private CausalModel routed(LayerPath path) throws IOException {
        for (String name : path.models()) {
            if (!residents.containsKey(name)) {
                TensorInfo any =
                        sources.loaded(name).tensors().values().iterator().next();
                residents.put(name, ResidentModel.load(sources.loaded(name), any.dtype()));
            }
        }
        return CausalModel.of(path, residents);
    }

    private static String tokenizerOf(WeightMerge merge) {
        return merge.tokenizer()
                .map(source -> switch (source) {
                    case TokenizerSource.Model(String name) -> name;
                    case TokenizerSource.Union() -> merge.reference();
                })
                .orElse(merge.reference());
    }

    private Tokenizer tokenizer(String model) throws IOException {
        Tokenizer tokenizer = tokenizers.get(model);
        if (tokenizer == null) {
            TensorSource source = sources.loaded(model);
            byte[] json = source.file("tokenizer.json")
                    .orElseThrow(() -> new InvalidModelException(
                            source.name() + ": no tokenizer.json, expected one in the fast tokenizers' format"));
            tokenizer = Tokenizer.read(source.name() + "/tokenizer.json", json);
            tokenizers.put(model, tokenizer);
        }
        return tokenizer;
    }

    private static boolean isOutOfMemory(EngineException e) {
        String text = String.valueOf(e.getMessage()).toLowerCase(java.util.Locale.ROOT);
        return text.contains("memory") && (text.contains("alloc") || text.contains("out of"));
    }

    private static String message(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void releaseMemory() {
        place.ifPresent(Place::close);
        place = Optional.empty();
    }

    @Override
    public void close() {
        releaseMemory();
        residents.values().forEach(ResidentModel::close);
        tokenizers.values().forEach(Tokenizer::close);
    }
}
