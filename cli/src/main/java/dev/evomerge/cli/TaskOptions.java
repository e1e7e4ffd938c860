package dev.evomerge.cli;

import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.TaskSpec.GenerationSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.contract.data.DataSet;
import dev.evomerge.crds.Evaluation;
import dev.evomerge.evaluator.Objects;
import dev.evomerge.evaluator.Task;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import picocli.CommandLine.Option;

/** What a model is asked: files of questions with options here, or tasks of an experiment. */
final class TaskOptions {

    private static final List<String> SPLITS = List.of("search", "selection", "test");

    @Option(
            names = {"-t", "--task"},
            required = true,
            paramLabel = "FILE|NAME",
            description = {
                "A file of questions (.tsv: question, tab, answer; .jsonl: objects with question and answer), local or a URI;",
                "or, with --experiment, the name of one of its tasks: NAME for its test questions, NAME/search, NAME/selection."
            })
    private List<String> tasks;

    @Option(
            names = {"-e", "--experiment"},
            paramLabel = "MANIFEST",
            description = "a MergeExperiment whose tasks --task may name; it says how they are asked and scored")
    private Path experiment;

    @Option(
            names = "--prompt",
            paramLabel = "TEMPLATE",
            description = "the text given to the model (default: ${DEFAULT-VALUE})")
    private String prompt = "{question}";

    @Option(
            names = "--answer-pattern",
            paramLabel = "REGEX",
            description = {
                "Where the answer is in a response: group 1 (or all) of the last match.",
                "Default: the whole response without surrounding white space."
            })
    private String answerPattern;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "the most tokens of an answer (default: ${DEFAULT-VALUE})")
    private int maxNewTokens = 64;

    @Option(names = "--stop", paramLabel = "TEXT", description = "a text that ends an answer; may be repeated")
    private List<String> stop = List.of();

    @Option(names = "--limit", paramLabel = "N", description = "ask only the first N questions of each task")
    private Integer limit;

    /**
     * Reads all tasks.
     *
     * @throws IOException   if a file cannot be read
     * @throws DataException if one is not what it should be, or a prompt does not fit it
     */
    List<Task> read(StorageAccess access) throws IOException, DataException {
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException("--limit is " + limit + ", expected at least 1");
        }
        var read = new ArrayList<Task>();
        for (String task : tasks) {
            TaskSpec spec = experiment == null ? ofFile(task) : ofExperiment(task);
            byte[] bytes = Objects.read(spec.data().uri(), access);
            DataSet data = spec.data().sha256().isEmpty()
                    ? DataSet.parse(spec.data().uri(), spec.data().format(), bytes)
                    : DataSet.parse(spec.data(), bytes);
            read.add(Task.of(limited(spec, data.questions().size()), data));
        }
        return read;
    }

    private TaskSpec ofFile(String file) throws IOException {
        StorageUri uri = CopyCommand.uri(file);
        String name = uri.name();
        String extension = name.substring(name.lastIndexOf('.') + 1);
        if (!List.of(DataSet.TSV, DataSet.JSONL).contains(extension)) {
            throw new IllegalArgumentException(
                    "--task " + file + " is no file of questions: expected a name that ends in ." + DataSet.TSV
                            + " or ." + DataSet.JSONL + ", or --experiment with the task's manifest");
        }
        return new TaskSpec(
                name.substring(0, name.length() - extension.length() - 1),
                "test",
                new DataRef(uri.toString(), "", extension),
                prompt,
                new GenerationSpec(maxNewTokens, stop),
                new ScorerSpec("exactMatch", Optional.ofNullable(answerPattern)),
                Optional.empty());
    }

    private TaskSpec ofExperiment(String name) throws IOException {
        int slash = name.indexOf('/');
        String split = slash < 0 ? "test" : name.substring(slash + 1);
        List<Evaluation.Task> known = ExperimentManifest.read(experiment)
                .onThisMachine(Map.of())
                .experiment()
                .getSpec()
                .evaluation()
                .tasks();
        Evaluation.Task task = known.stream()
                .filter(candidate -> candidate.name().equals(slash < 0 ? name : name.substring(0, slash)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--task " + name + " is not in " + experiment
                        + ", expected one of "
                        + known.stream().map(Evaluation.Task::name).toList()));
        Evaluation.DataSet data =
                switch (split) {
                    case "search" -> task.data().search();
                    case "selection" -> task.data().selection();
                    case "test" -> task.data().test();
                    default ->
                        throw new IllegalArgumentException(
                                "--task " + name + " asks for '" + split + "', expected one of " + SPLITS);
                };
        if (data == null) {
            throw new IllegalArgumentException("task " + task.name() + " has no " + split + " questions");
        }
        return new TaskSpec(
                task.name(),
                split,
                new DataRef(
                        data.uri(),
                        data.sha256() == null ? "" : data.sha256(),
                        data.format().name()),
                task.prompt(),
                new GenerationSpec(
                        task.generation().maxNewTokens(), task.generation().stop()),
                new ScorerSpec(
                        "exactMatch",
                        Optional.ofNullable(task.scorer().exactMatch().answerPattern())),
                Optional.empty());
    }

    private TaskSpec limited(TaskSpec spec, int questions) {
        return limit == null || limit >= questions
                ? spec
                : new TaskSpec(
                        spec.name(),
                        spec.split(),
                        spec.data(),
                        spec.prompt(),
                        spec.generation(),
                        spec.scorer(),
                        Optional.of(IntStream.range(0, limit).boxed().toList()));
    }
}
