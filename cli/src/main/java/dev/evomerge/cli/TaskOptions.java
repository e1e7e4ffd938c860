package dev.evomerge.cli;

import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.ChatSpec;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.TaskSpec.GenerationSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.contract.data.DataSet;
import dev.evomerge.crds.Evaluation;
import dev.evomerge.evaluator.Objects;
import dev.evomerge.evaluator.Task;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.search.Split;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import picocli.CommandLine.Option;

/** What a model is asked: files of questions with options here, or tasks of an experiment. */
final class TaskOptions {

    @Option(
            names = {"-t", "--task"},
            required = true,
            paramLabel = "FILE|NAME",
            description = {
                "A file of questions (.tsv: question, tab, answer; .jsonl: objects with question and answer), local or a URI;",
                "or, with --experiment, the name of one of its tasks: NAME for its test questions, NAME/search, NAME/selection.",
                "May be repeated."
            })
    private List<String> tasks;

    @Option(
            names = {"-e", "--experiment"},
            paramLabel = "MANIFEST",
            description = "a MergeExperiment whose tasks --task may name; it says how they are asked and scored")
    private Path experiment;

    @Option(
            names = "--map",
            paramLabel = "URI=FOLDER",
            description =
                    "take what lies below URI in the manifest from a local folder (or another URI); may be repeated")
    private Map<String, String> moved = new LinkedHashMap<>();

    @Option(
            names = "--prompt",
            paramLabel = "TEMPLATE",
            description = "the text given to the model (default: ${DEFAULT-VALUE})")
    private String prompt = "{question}";

    @Option(names = "--chat", description = "the prompt is what a user says: put the model's chat template around it")
    private boolean chat;

    @Option(names = "--system", paramLabel = "TEXT", description = "the same, with a system prompt before it")
    private String system;

    @Option(
            names = "--scorer",
            paramLabel = "TYPE",
            description = "exactMatch: equal texts; number: equal numbers (default: ${DEFAULT-VALUE})")
    private String scorer = ScorerSpec.EXACT_MATCH;

    @Option(
            names = "--language",
            paramLabel = "CODE",
            description = "the language that a right answer must be in: ja, en, … (default: any)")
    private String language;

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
                Split.TEST.key(),
                new DataRef(uri.toString(), "", extension),
                prompt,
                chat || system != null ? Optional.of(new ChatSpec(Optional.ofNullable(system))) : Optional.empty(),
                new GenerationSpec(maxNewTokens, stop),
                new ScorerSpec(
                        scorer, Optional.ofNullable(answerPattern), Optional.empty(), Optional.ofNullable(language)),
                Optional.empty());
    }

    private TaskSpec ofExperiment(String name) throws IOException {
        int slash = name.indexOf('/');
        List<Evaluation.Task> known = ExperimentManifest.read(experiment)
                .onThisMachine(moved)
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
        Map<Split, Evaluation.DataSet> sets = Manifests.dataSets(task);
        Split split = sets.keySet().stream()
                .filter(there -> there.key().equals(slash < 0 ? Split.TEST.key() : name.substring(slash + 1)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--task " + name + ": task " + task.name()
                        + " has the question sets "
                        + sets.keySet().stream().map(Split::key).toList()));
        String sha256 = sets.get(split).sha256();
        return Manifests.task(task, split, sha256 == null ? "" : sha256, Optional.empty());
    }

    private TaskSpec limited(TaskSpec spec, int questions) {
        return limit == null || limit >= questions
                ? spec
                : new TaskSpec(
                        spec.name(),
                        spec.split(),
                        spec.data(),
                        spec.prompt(),
                        spec.chat(),
                        spec.generation(),
                        spec.scorer(),
                        Optional.of(IntStream.range(0, limit).boxed().toList()));
    }
}
