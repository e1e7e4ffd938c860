package dev.evomerge.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.evaluator.CandidateEvaluator;
import dev.evomerge.evaluator.Sources;
import dev.evomerge.evaluator.Task;
import dev.evomerge.inference.Completion;
import dev.evomerge.merge.Preflight;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.report.TimeSpan;
import dev.evomerge.search.stats.Intervals;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks one model the questions of tasks, by hand, with the engine that scores candidates. */
@Command(
        name = "evaluate",
        description = {
            "Ask a model the questions of a task and score its answers, as evaluators do.",
            "A recipe is merged in memory; nothing is written but what --output says."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the model was scored", "1:it could not be, and why was printed"})
final class EvaluateCommand implements Callable<Integer> {

    private static final String MODEL = "model";

    @Parameters(
            paramLabel = "MODEL",
            description = "a model's folder or URI, or a recipe: a file in mergekit's YAML, or the same as JSON")
    private String model;

    @Mixin
    private ModelOptions models;

    @Mixin
    private TaskOptions tasks;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "how many answers are generated at once (default: 64)")
    private Integer batchSize;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "threads that merge and compute (default: one per processor)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write a line of JSON per question: what was asked, expected and answered")
    private Path output;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException, DataException {
        StorageAccess access = StorageAccess.fromEnvironment();
        System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
        Subject subject = subject(access);
        List<Task> asked = tasks.read(access);
        PrintWriter out = command.commandLine().getOut();
        try (Writer details =
                output == null ? Writer.nullWriter() : Files.newBufferedWriter(output, StandardCharsets.UTF_8)) {
            var answers = new Answers(
                    asked, ProgressLine.ofTerminal(command.commandLine().getErr()));
            CandidateResult result = evaluate(subject, asked, answers, access);
            if (result.failure().isPresent()) {
                throw new IOException(result.failure().get().reason() + ": "
                        + result.failure().get().message());
            }
            asked.forEach(task ->
                    out.println(line(task, result.tasks().get(task.spec().key()))));
            out.println(speed(result.cost()));
            answers.warnings().forEach(command.commandLine().getErr()::println);
            answers.write(result.tasks(), details);
        }
        return 0;
    }

    /** What is scored: a recipe over models. */
    private record Subject(Recipe recipe, Map<String, ModelRef> models) {}

    private Subject subject(StorageAccess access) throws IOException {
        boolean isRecipe = !model.contains("://") && Files.isRegularFile(Path.of(model));
        if (!isRecipe && !model.contains("://") && !Files.isDirectory(Path.of(model))) {
            throw new IOException("there is neither a file nor a folder " + model
                    + ", expected a recipe, a model's folder or its URI");
        }
        Map<String, String> uris;
        Recipe recipe;
        if (isRecipe) {
            recipe = ModelOptions.read(Path.of(model));
            uris = models.uris(recipe);
            refuseAdapters(uris);
            refuse(Preflight.ofRecipe(recipe, uris, access));
        } else {
            uris = Map.of(MODEL, CopyCommand.uri(model).toString());
            Preflight preflight = Preflight.ofModels(uris, Optional.empty(), access);
            refuse(preflight);
            recipe = asItIs(preflight.models().get(MODEL).layers());
        }
        var refs = new TreeMap<String, ModelRef>();
        uris.forEach((name, uri) -> refs.put(name, ModelRef.at(uri)));
        return new Subject(recipe, refs);
    }

    private static void refuseAdapters(Map<String, String> uris) {
        uris.forEach((name, uri) -> {
            if (uri.matches(".*\\+[a-z0-9]+://.*")) {
                throw new IllegalArgumentException("model " + name + " is " + uri
                        + ": adapters cannot be added in memory; write such a model with 'evomerge merge' first");
            }
        });
    }

    private static void refuse(Preflight preflight) throws IOException {
        if (!preflight.isFine()) {
            throw new IOException(String.join(
                    System.lineSeparator(),
                    preflight.problems().stream().map(Object::toString).toList()));
        }
    }

    /** A path through a model's layers as they are: unlike a merge of one model, it needs no second copy of the weights. */
    private static Recipe asItIs(int layers) {
        return new LayerPath(
                MODEL,
                IntStream.range(0, layers)
                        .mapToObj(layer -> new LayerPath.Hop(MODEL, layer, 1))
                        .toList());
    }

    private CandidateResult evaluate(Subject subject, List<Task> asked, Answers answers, StorageAccess access)
            throws IOException {
        List<ObjectiveSpec> objectives = asked.stream()
                .map(task -> new ObjectiveSpec("accuracy", task.spec().key(), ObjectiveSpec.ACCURACY))
                .toList();
        OptionalInt batch = batchSize == null ? OptionalInt.empty() : OptionalInt.of(batchSize);
        try (answers;
                Sources sources = Sources.open(subject.models(), List.of(subject.recipe()), access, threads);
                var evaluator = new CandidateEvaluator(sources, asked, objectives, batch, System::nanoTime, answers)) {
            return evaluator.evaluate("evaluate", new CandidateSpec(MODEL, subject.recipe()));
        }
    }

    private static String line(Task task, TaskResult result) {
        double[] items = result.outcomes().chars().mapToDouble(c -> c - '0').toArray();
        long right = result.outcomes().chars().filter(c -> c == '1').count();
        double accuracy = result.metrics().get(ObjectiveSpec.ACCURACY);
        String interval = Intervals.ofMean(items)
                .map(range -> ", 95 % interval " + percent(range.low()) + " – " + percent(range.high()))
                .orElse("");
        String others = result.metrics().entrySet().stream()
                .filter(metric -> !List.of(ObjectiveSpec.ACCURACY, ObjectiveSpec.OUTPUT_TOKENS)
                        .contains(metric.getKey()))
                .map(metric -> ", " + metric.getKey() + " " + percent(metric.getValue()))
                .collect(Collectors.joining());
        return task.spec().key() + ": accuracy " + percent(accuracy) + " (" + right + " of " + items.length + ")"
                + interval
                + others
                + String.format(
                        Locale.ROOT,
                        ", %.1f tokens per answer",
                        result.metrics().get(ObjectiveSpec.OUTPUT_TOKENS));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String speed(CandidateResult.Cost cost) {
        return String.format(
                Locale.ROOT,
                "%,d questions in %.1f s, loading and merging included: %,d tokens read, %,d generated, %.0f tokens/s",
                cost.questions(),
                cost.seconds(),
                cost.promptTokens(),
                cost.generatedTokens(),
                cost.generatedTokens() / cost.seconds());
    }

    /** What was answered so far. */
    private static final class Answers implements CandidateEvaluator.Listener, AutoCloseable {

        private static final JsonMapper JSON = new JsonMapper();

        private final List<Task> tasks;
        private final ProgressLine progress;
        private final long total;
        private final Map<String, SortedMap<Integer, Completion>> byTask = new LinkedHashMap<>();
        private long started;
        private long answered;
        private long tokens;

        Answers(List<Task> tasks, ProgressLine progress) {
            this.tasks = tasks;
            this.progress = progress;
            this.total = tasks.stream().mapToLong(task -> task.prompts().size()).sum();
            tasks.forEach(task -> byTask.put(task.spec().key(), new TreeMap<>()));
            progress.show(0, total, "loading the model");
        }

        @Override
        public void answered(Task task, int question, Completion completion) {
            byTask.get(task.spec().key()).put(question, completion);
            answered++;
            if (answered == 1) {
                // What came before was loading; this answer's tokens were generated then, too.
                started = System.nanoTime();
                return;
            }
            tokens += completion.tokens().size();
            var elapsed = Duration.ofNanos(System.nanoTime() - started);
            progress.show(
                    answered,
                    total,
                    String.format(
                            Locale.ROOT,
                            "%,d/%,d questions, %.0f tokens/s, %s left",
                            answered,
                            total,
                            tokens / Math.max(1e-3, elapsed.toNanos() / 1e9),
                            TimeSpan.text(elapsed.multipliedBy(total - answered).dividedBy(answered - 1))));
        }

        /** Questions that could not be asked. */
        List<String> warnings() {
            var warnings = new ArrayList<String>();
            byTask.forEach((task, completions) -> completions.forEach((question, completion) -> {
                if (completion.finish() == Completion.Finish.PROMPT_TOO_LONG) {
                    warnings.add("warning: question " + question + " of " + task + " has " + completion.promptTokens()
                            + " tokens, which the model's context does not hold; it counts as wrong");
                }
            }));
            return warnings;
        }

        void write(Map<String, TaskResult> results, Writer target) throws IOException {
            for (Task task : tasks) {
                String outcomes = results.get(task.spec().key()).outcomes();
                for (var answer : byTask.get(task.spec().key()).entrySet()) {
                    int question = answer.getKey();
                    var line = new LinkedHashMap<String, Object>();
                    line.put("task", task.spec().key());
                    line.put("question", task.questions().get(question).question());
                    line.put("expected", task.questions().get(question).answer());
                    line.put("response", answer.getValue().text());
                    line.put("right", outcomes.charAt(question) == '1');
                    line.put("tokens", answer.getValue().tokens().size());
                    line.put("finish", answer.getValue().finish());
                    target.write(JSON.writeValueAsString(line) + "\n");
                }
            }
        }

        @Override
        public void close() {
            progress.close();
        }
    }
}
