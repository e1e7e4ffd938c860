package dev.evomerge.experiment.page;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.report.ExperimentFacts;
import dev.evomerge.report.ExperimentFacts.Command;
import dev.evomerge.report.ExperimentFacts.Cost;
import dev.evomerge.report.ExperimentFacts.EvaluatedBatch;
import dev.evomerge.report.ExperimentFacts.Output;
import dev.evomerge.report.ExperimentFacts.Timing;
import dev.evomerge.report.HtmlReport;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import dev.evomerge.storage.Storage;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Makes the page. */
public final class ReportPage {

    private final MergeExperiment experiment;
    private final OpenExperiment open;

    private ReportPage(MergeExperiment experiment, OpenExperiment open) {
        this.experiment = experiment;
        this.open = open;
    }

    /**
     * The page as of now; the same history gives the same page. Reads the candidate manifest of every batch.
     *
     * @param notice what the experiment waits for or suffers from, if it does
     * @throws TroubleException if the history cannot be searched
     * @throws IOException      if it cannot be read
     */
    public static String of(MergeExperiment experiment, OpenExperiment open, Optional<String> notice, Timing timing)
            throws IOException, ArchiveException, TroubleException {
        return HtmlReport.render(new ReportPage(experiment, open).facts(notice, timing));
    }

    /**
     * Writes the page to the history, and beside the model where there is one that can be reached.
     *
     * @throws TroubleException if the history cannot be searched, or there is no such candidate as the spec wants exported
     * @throws IOException      if storage cannot be read or written
     */
    public static void write(MergeExperiment experiment, OpenExperiment open, Optional<String> notice, Timing timing)
            throws IOException, ArchiveException, TroubleException {
        String page = of(experiment, open, notice, timing);
        open.archive().putPage(page);
        if (open.step(experiment) instanceof Step.Finished finished) {
            var choice = Choice.of(experiment.getSpec(), finished);
            String uri = choice.output(experiment.getSpec());
            if (open.archive().exportReport(choice.folder()).isPresent()
                    && !open.stores().isForPodsOnly(uri)) {
                try (Storage output = open.stores().open(uri)) {
                    output.put(Layout.PAGE, page.getBytes(StandardCharsets.UTF_8));
                }
            }
        }
    }

    private ExperimentFacts facts(Optional<String> notice, Timing timing)
            throws IOException, ArchiveException, TroubleException {
        var spec = experiment.getSpec();
        var sources = Manifests.modelUris(spec);
        return new ExperimentFacts(
                experiment.getMetadata().getNamespace(),
                experiment.getMetadata().getName(),
                SearchSpecs.of(spec, open.facts()),
                sources,
                questions(),
                history(),
                open.step(experiment),
                notice,
                exported(),
                manifest(),
                commands(sources),
                timing);
    }

    private Optional<Output> exported() throws IOException, ArchiveException, TroubleException {
        String folder = open.step(experiment) instanceof Step.Finished finished
                ? Choice.of(experiment.getSpec(), finished).folder()
                : Layout.EXPORT;
        return open.archive().exportReport(folder).map(report -> new Output(report.output(), report.sha256()));
    }

    /** Of the task that the first objective is measured on. */
    private Map<Split, Integer> questions() {
        String task = experiment.getSpec().objectives().getFirst().task();
        var questions = new EnumMap<Split, Integer>(Split.class);
        for (Split split : Split.values()) {
            var data = open.facts().data().get(Manifests.taskKey(task, split));
            if (data != null) {
                questions.put(split, data.questions());
            }
        }
        return questions;
    }

    private List<EvaluatedBatch> history() throws IOException, ArchiveException {
        var history = new ArrayList<EvaluatedBatch>();
        for (RecordedBatch recorded : open.archive().batches()) {
            var manifest = open.archive()
                    .manifest(recorded.number())
                    .orElseThrow(() -> new ArchiveException(
                            "batch " + recorded.name() + " was recorded, but its candidate manifest is gone"))
                    .manifest();
            history.add(new EvaluatedBatch(
                    batch(recorded, manifest), open.archive().history().get(recorded.number()), cost(recorded)));
        }
        return history;
    }

    private static Batch batch(RecordedBatch recorded, CandidateManifest manifest) {
        Set<Split> splits = EnumSet.noneOf(Split.class);
        for (Split split : Split.values()) {
            if (manifest.tasks().stream().map(TaskSpec::split).anyMatch(split.key()::equals)) {
                splits.add(split);
            }
        }
        SortedMap<String, Recipe> made = new TreeMap<>();
        manifest.models().forEach((name, model) -> model.recipe().ifPresent(recipe -> made.put(name, recipe)));
        return new Batch(
                recorded.number(),
                recorded.kind(),
                recorded.stage(),
                manifest.candidates().stream()
                        .map(candidate -> new Candidate(candidate.id(), candidate.recipe()))
                        .toList(),
                splits,
                recorded.questions(),
                made);
    }

    /** Times are those spent on candidates: what a pod takes to start and to load the sources is not in the history. */
    private Cost cost(RecordedBatch recorded) {
        long questions = 0;
        long promptTokens = 0;
        long generatedTokens = 0;
        double seconds = 0;
        for (CandidateResult result : recorded.results()) {
            questions += result.cost().questions();
            promptTokens += result.cost().promptTokens();
            generatedTokens += result.cost().generatedTokens();
            seconds += result.cost().seconds();
        }
        int gpus = Manifests.gpusPerPod(experiment.getSpec().evaluation());
        return new Cost(
                questions,
                promptTokens,
                generatedTokens,
                OptionalDouble.of(seconds),
                gpus == 0 ? OptionalDouble.empty() : OptionalDouble.of(gpus * seconds));
    }

    /** As a user would apply it. */
    private String manifest() {
        MergeExperiment applied = new MergeExperiment();
        applied.setMetadata(new ObjectMetaBuilder()
                .withName(experiment.getMetadata().getName())
                .withNamespace(experiment.getMetadata().getNamespace())
                .build());
        MergeExperimentSpec spec = experiment.getSpec();
        applied.setSpec(spec);
        return Serialization.asYaml(applied);
    }

    private static List<Command> commands(SortedMap<String, String> sources) {
        String models = sources.entrySet().stream()
                .map(source -> " --model " + source.getKey() + "=" + source.getValue())
                .collect(Collectors.joining());
        return List.of(
                new Command(
                        "Merge the model again from its recipe, saved as recipe.yaml",
                        "evomerge merge recipe.yaml OUT" + models),
                new Command(
                        "Ask it the experiment's test questions by hand",
                        "evomerge evaluate recipe.yaml --experiment experiment.yaml --task TASK" + models));
    }
}
