package dev.evomerge.experiment.spec;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.InspectionManifest;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.contract.data.ChatTemplate;
import dev.evomerge.crds.Evaluation;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.PodTemplate;
import dev.evomerge.experiment.Choice;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What evaluators are given, from a custom resource and a step of its search. */
public final class Manifests {

    private Manifests() {}

    /**
     * The candidate manifest of a batch.
     *
     * @param folder URI of the experiment's folder
     */
    public static CandidateManifest of(MergeExperiment experiment, Facts facts, Batch batch, String folder) {
        var spec = experiment.getSpec();
        String name = Layout.batch(batch.number());
        var tasks = new ArrayList<TaskSpec>();
        var objectives = new ArrayList<ObjectiveSpec>();
        for (Split split : batch.splits().stream().sorted().toList()) {
            spec.evaluation().tasks().forEach(task -> tasks.add(task(task, split, facts, batch)));
            spec.objectives()
                    .forEach(objective -> objectives.add(
                            new ObjectiveSpec(objective.name(), taskKey(objective.task(), split), objective.metric())));
        }
        return new CandidateManifest(
                CandidateManifest.API_VERSION,
                experimentName(experiment),
                name,
                folder + "/" + Layout.results(name),
                Math.ceilDiv(batch.candidates().size(), candidatesPerPod(spec.evaluation())),
                models(spec, batch.models()),
                tasks,
                objectives,
                batch.candidates().stream()
                        .map(candidate -> new CandidateSpec(candidate.id(), candidate.recipe()))
                        .toList());
    }

    /**
     * The manifest of an export.
     *
     * @param folder URI of the experiment's folder
     */
    public static ExportManifest export(MergeExperiment experiment, Facts facts, Choice choice, String folder) {
        var finished = choice.finished();
        var spec = experiment.getSpec();
        var objective = spec.objectives().getFirst();
        return new ExportManifest(
                CandidateManifest.API_VERSION,
                experimentName(experiment),
                finished.winner().id(),
                finished.winner().recipe(),
                models(spec, finished.models()),
                choice.output(spec),
                spec.output().dtype() == null
                        ? facts.dtype()
                        : spec.output().dtype().name(),
                folder + "/" + Layout.exportReport(choice.folder()),
                new ExportManifest.Provenance(
                        objective.task() + ": " + objective.metric(),
                        finished.table().stream()
                                .map(standing -> score(standing, finished))
                                .toList(),
                        "seed " + spec.seed() + "; " + finished.stop()));
    }

    /**
     * What a pod is to look at on the volumes of an experiment.
     *
     * @param folder URI of the experiment's folder
     * @param output whether the output is one of them
     */
    public static InspectionManifest inspection(MergeExperiment experiment, String folder, boolean output) {
        var spec = experiment.getSpec();
        return new InspectionManifest(
                CandidateManifest.API_VERSION,
                experimentName(experiment),
                modelUris(spec),
                Optional.ofNullable(spec.base()).map(base -> SearchSpecs.BASE),
                spec.evaluation().tasks().stream().anyMatch(task -> chat(task).isPresent())
                        ? ChatTemplate.FILES
                        : List.of(),
                Optional.of(spec.output().uri()).filter(uri -> output),
                folder + "/" + Layout.INSPECTION_REPORT);
    }

    /** The folders of the sources and of the base, by the names that recipes use. */
    public static SortedMap<String, String> modelUris(MergeExperimentSpec spec) {
        var uris = new TreeMap<String, String>();
        spec.models().forEach(model -> uris.put(model.name(), model.uri()));
        Optional.ofNullable(spec.base()).ifPresent(base -> uris.put(SearchSpecs.BASE, base.uri()));
        return uris;
    }

    /** How many GPUs an evaluator pod gets; 0 where its template asks for none. */
    public static int gpusPerPod(Evaluation evaluation) {
        return Optional.ofNullable(evaluation.template())
                .map(PodTemplate::resources)
                .map(resources -> resources.limits().get("nvidia.com/gpu"))
                .map(gpus -> gpus.getNumericalAmount().intValue())
                .orElse(0);
    }

    /** How many candidates a pod evaluates at most. */
    public static int candidatesPerPod(Evaluation evaluation) {
        return evaluation.candidatesPerPod() == null ? 4 : evaluation.candidatesPerPod();
    }

    /** How long a batch may take. */
    public static Duration timeout(MergeExperimentSpec spec) {
        String text = spec.evaluation().timeout();
        return text == null ? Duration.ofHours(2) : Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    }

    /** {@code task/split}, the key of a task in results. */
    public static String taskKey(String task, Split split) {
        return task + "/" + split.key();
    }

    /** The data sets of a task that there are. */
    public static Map<Split, Evaluation.DataSet> dataSets(Evaluation.Task task) {
        var sets = new TreeMap<Split, Evaluation.DataSet>();
        sets.put(Split.SEARCH, task.data().search());
        Optional.ofNullable(task.data().selection()).ifPresent(set -> sets.put(Split.SELECTION, set));
        sets.put(Split.TEST, task.data().test());
        return sets;
    }

    private static String experimentName(MergeExperiment experiment) {
        return experiment.getMetadata().getNamespace() + "/"
                + experiment.getMetadata().getName();
    }

    private static Map<String, ModelRef> models(MergeExperimentSpec spec, Map<String, Recipe> made) {
        var models = new TreeMap<String, ModelRef>();
        modelUris(spec).forEach((name, uri) -> models.put(name, ModelRef.at(uri)));
        made.forEach((name, recipe) -> models.put(name, ModelRef.madeBy(recipe)));
        return models;
    }

    private static TaskSpec task(Evaluation.Task task, Split split, Facts facts, Batch batch) {
        return task(
                task,
                split,
                facts.data().get(taskKey(task.name(), split)).sha256(),
                split == Split.SEARCH ? batch.questions() : Optional.empty());
    }

    /**
     * One question set of a task, as evaluators are given it.
     *
     * @param sha256    the digest of its file
     * @param questions which of its questions are asked; empty for all of them
     */
    public static TaskSpec task(Evaluation.Task task, Split split, String sha256, Optional<List<Integer>> questions) {
        var data = dataSets(task).get(split);
        return new TaskSpec(
                task.name(),
                split.key(),
                new TaskSpec.DataRef(data.uri(), sha256, data.format().name()),
                task.prompt() == null ? "{question}" : task.prompt(),
                chat(task),
                generation(task),
                scorer(task.scorer()),
                questions);
    }

    /** The conversation that a task's prompt is the last turn of, if it is a chat. */
    public static Optional<TaskSpec.ChatSpec> chat(Evaluation.Task task) {
        return Optional.ofNullable(task.chat()).map(chat -> new TaskSpec.ChatSpec(Optional.ofNullable(chat.system())));
    }

    /** How a task's answers are generated. */
    public static TaskSpec.GenerationSpec generation(Evaluation.Task task) {
        var generation = Optional.ofNullable(task.generation());
        return new TaskSpec.GenerationSpec(
                generation.map(Evaluation.Generation::maxNewTokens).orElse(64),
                generation.map(Evaluation.Generation::stop).orElse(List.of()));
    }

    private static ScorerSpec scorer(Evaluation.Scorer scorer) {
        var language = Optional.ofNullable(scorer.language()).map(Enum::name);
        return scorer.number() == null
                ? new ScorerSpec(
                        ScorerSpec.EXACT_MATCH,
                        Optional.ofNullable(scorer.exactMatch().answerPattern()),
                        Optional.empty(),
                        language)
                : new ScorerSpec(
                        ScorerSpec.NUMBER,
                        Optional.ofNullable(scorer.number().answerPattern()),
                        Optional.ofNullable(scorer.number().extraction()).map(Enum::name),
                        language);
    }

    private static ExportManifest.Score score(Step.Standing standing, Step.Finished finished) {
        return new ExportManifest.Score(
                standing.candidate().id(),
                standing.candidate().id().equals(finished.winner().id()),
                standing.search(),
                standing.selection(),
                standing.test(),
                standing.interval().map(interval -> List.of(interval.low(), interval.high())));
    }
}
