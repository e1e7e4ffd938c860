package dev.evomerge.experiment.preflight;

import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.InspectionReport;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.data.ChatTemplate;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.contract.data.DataSet;
import dev.evomerge.contract.data.Prompt;
import dev.evomerge.crds.Evaluation;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.Stage;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.StoredInspection;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.merge.Preflight;
import dev.evomerge.merge.Problem;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeException;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.Split;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** Everything about an experiment that can be known before a pod starts: from headers, configurations and question files. */
public final class Preflights {

    /** Larger question files are refused: they would have to fit the operator's memory. */
    static final long LARGEST_DATA = 64L << 20;

    private final MergeExperimentSpec spec;
    private final Stores stores;

    public Preflights(MergeExperimentSpec spec, Stores stores) {
        this.spec = spec;
        this.stores = stores;
    }

    /** Whether a pod has to look first: models or output lie on volumes. */
    public boolean needInspection() {
        return outputIsForPodsOnly()
                || Manifests.modelUris(spec).values().stream().anyMatch(stores::isForPodsOnly);
    }

    public boolean outputIsForPodsOnly() {
        return stores.isForPodsOnly(spec.output().uri());
    }

    /**
     * Checks everything, from here.
     *
     * @throws TroubleException if something is wrong; all that is wrong with the models is said at once
     */
    public Facts check() throws TroubleException {
        checkPatterns();
        var prompts = new TreeMap<String, List<String>>();
        var data = checkData(prompts);
        var models = checkModels();
        new Conversations(spec, this::chatTemplate).check(prompts);
        var facts = facts(data, models);
        checkSearch(facts);
        checkOutput();
        return facts;
    }

    /**
     * Checks everything, where a pod has to look at models and output.
     *
     * @throws InspectionNeededException if none has, or it has found something wrong
     * @throws TroubleException          if something else is wrong
     */
    public Facts check(StoredInspection inspection) throws TroubleException {
        checkPatterns();
        var prompts = new TreeMap<String, List<String>>();
        var data = checkData(prompts);
        var report = inspection.report().orElseThrow(() -> InspectionNeededException.ofNone(inspection));
        if (!report.findsNothingWrong()) {
            throw InspectionNeededException.of(inspection, trouble(report));
        }
        try {
            new Conversations(
                            spec,
                            (name, uri) -> chatTemplate(uri, report.models().get(name)))
                    .check(prompts);
        } catch (TroubleException e) {
            throw InspectionNeededException.of(inspection, e.trouble());
        }
        var models = new TreeMap<String, Preflight.Model>();
        report.models()
                .forEach((name, model) -> models.put(
                        name,
                        new Preflight.Model(
                                "",
                                model.layers(),
                                model.parameters(),
                                model.bytes(),
                                model.cacheWidth(),
                                model.dtype())));
        var facts = facts(data, models);
        checkSearch(facts);
        if (!outputIsForPodsOnly()) {
            checkOutput();
        }
        return facts;
    }

    private ChatTemplate chatTemplate(String name, String uri) throws IOException, TroubleException {
        try (Storage folder = stores.open(uri)) {
            return ChatTemplate.of(
                    uri, file -> folder.size(file).isPresent() ? Optional.of(folder.read(file)) : Optional.empty());
        }
    }

    private static ChatTemplate chatTemplate(String uri, InspectionReport.Model seen) throws IOException {
        return ChatTemplate.of(uri, file -> Optional.ofNullable(seen.texts().get(file))
                .map(text -> text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Trouble trouble(InspectionReport report) {
        return report.problems().isEmpty()
                ? new Trouble(
                        Reason.StorageRefused,
                        "spec.output.uri: " + report.output().orElseThrow())
                : trouble(report.problems().stream()
                        .map(problem ->
                                new Problem(problem.model(), problem.where(), problem.found(), problem.expected()))
                        .toList());
    }

    private Facts facts(Map<String, Facts.Data> data, Map<String, Preflight.Model> models) throws TroubleException {
        var known = new TreeMap<String, Facts.Model>();
        models.forEach((name, model) -> known.put(
                name,
                new Facts.Model(
                        model.layers(),
                        model.parameters(),
                        Optional.of(new Facts.Size(model.bytes(), model.cacheWidth())))));
        // The type that the base, or else the first source, says to have.
        String first = spec.base() == null ? spec.models().getFirst().name() : SearchSpecs.BASE;
        String dtype = models.get(first).dtype();
        return Facts.of(known, data, ExportManifest.DTYPES.contains(dtype) ? dtype : "float32", warmStarts());
    }

    private void checkPatterns() throws TroubleException {
        for (Evaluation.Task task : spec.evaluation().tasks()) {
            var scorer = task.scorer();
            String pattern = scorer.number() == null
                    ? scorer.exactMatch().answerPattern()
                    : scorer.number().answerPattern();
            try {
                Pattern.compile(pattern == null ? "" : pattern);
            } catch (PatternSyntaxException e) {
                throw new TroubleException(
                        Reason.SpecInvalid,
                        "answerPattern of task " + task.name() + " is no regular expression: '" + pattern + "': "
                                + e.getDescription() + " near index " + e.getIndex());
            }
        }
    }

    /** @param prompts receives, for each task, the first prompt of each of its sets */
    private Map<String, Facts.Data> checkData(Map<String, List<String>> prompts) throws TroubleException {
        var found = new TreeMap<String, Facts.Data>();
        for (Evaluation.Task task : spec.evaluation().tasks()) {
            var sets = new EnumMap<Split, DataSet>(Split.class);
            for (var entry : Manifests.dataSets(task).entrySet()) {
                byte[] bytes = readData(entry.getValue().uri());
                var set = parse(entry.getValue(), bytes, task);
                checkOverlap(sets, set, task);
                sets.put(entry.getKey(), set);
                prompts.computeIfAbsent(task.name(), name -> new ArrayList<>())
                        .add(prompt(task).fill(set.questions().getFirst()));
                found.put(
                        Manifests.taskKey(task.name(), entry.getKey()),
                        new Facts.Data(
                                Sha256.of(bytes), set.questions().size(), Optional.of(longestPrompt(set, task))));
            }
        }
        return found;
    }

    private static int longestPrompt(DataSet set, Evaluation.Task task) {
        var prompt = prompt(task);
        return set.questions().stream()
                .mapToInt(question -> prompt.fill(question).getBytes(StandardCharsets.UTF_8).length)
                .max()
                .orElseThrow();
    }

    private static Prompt prompt(Evaluation.Task task) {
        return new Prompt(task.prompt() == null ? "{question}" : task.prompt());
    }

    private byte[] readData(String uri) throws TroubleException {
        int slash = uri.lastIndexOf('/');
        try (Storage folder = stores.open(uri.substring(0, slash))) {
            String name = uri.substring(slash + 1);
            OptionalLong size = folder.size(name);
            if (size.isEmpty()) {
                throw new TroubleException(
                        Reason.DataCannotBeRead, uri + " is not there; expected a file of questions");
            }
            if (size.getAsLong() > LARGEST_DATA) {
                throw new TroubleException(
                        Reason.DataInvalid,
                        uri + " has " + size.getAsLong() + " bytes; expected at most " + LARGEST_DATA);
            }
            return folder.read(name);
        } catch (IOException e) {
            throw new TroubleException(Reason.DataCannotBeRead, e.getMessage());
        }
    }

    private DataSet parse(Evaluation.DataSet source, byte[] bytes, Evaluation.Task task) throws TroubleException {
        try {
            String format = source.format().name();
            var set = source.sha256() == null
                    ? DataSet.parse(source.uri(), format, bytes)
                    : DataSet.parse(new DataRef(source.uri(), source.sha256(), format), bytes);
            prompt(task).check(set);
            return set;
        } catch (DataException e) {
            throw new TroubleException(Reason.DataInvalid, "task " + task.name() + ": " + e.getMessage());
        }
    }

    private static void checkOverlap(Map<Split, DataSet> others, DataSet set, Evaluation.Task task)
            throws TroubleException {
        for (DataSet other : others.values()) {
            Optional<String> shared = set.sharedWith(other);
            if (shared.isPresent()) {
                throw new TroubleException(
                        Reason.DataOverlaps,
                        "task " + task.name() + ": " + other.uri() + " and " + set.uri() + " both hold the question '"
                                + shared.get() + "'; expected sets that do not overlap");
            }
        }
    }

    private Map<String, Preflight.Model> checkModels() throws TroubleException {
        var uris = Manifests.modelUris(spec);
        for (String uri : uris.values()) {
            stores.check(uri);
        }
        var preflight = Preflight.ofModels(
                uris, Optional.ofNullable(spec.base()).map(model -> SearchSpecs.BASE), stores.access());
        if (!preflight.isFine()) {
            throw new TroubleException(trouble(preflight.problems()));
        }
        return preflight.models();
    }

    private static Trouble trouble(List<Problem> problems) {
        return new Trouble(
                reason(problems), problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
    }

    /** The first that stands in the way: a model must be readable to be whole, and whole to fit. */
    private static Reason reason(List<Problem> problems) {
        if (problems.stream()
                .map(Problem::found)
                .anyMatch(
                        found -> found.contains("which cannot be read") || found.endsWith("config.json: not found"))) {
            return Reason.ModelCannotBeRead;
        }
        // What is wrong with a model alone says itself what was expected.
        return problems.stream().anyMatch(problem -> problem.expected().isEmpty())
                ? Reason.ModelInvalid
                : Reason.ModelsDoNotFit;
    }

    private Map<String, List<Recipe>> warmStarts() throws TroubleException {
        var recipes = new TreeMap<String, List<Recipe>>();
        for (Stage stage : spec.stages()) {
            if (stage.warmStart() != null) {
                var kind = stage.dataFlowSpace() == null ? WeightMerge.class : LayerPath.class;
                recipes.put(
                        stage.name(),
                        EarlierSearch.best(
                                stage.warmStart(), kind, spec.objectives().getFirst(), stores));
            }
        }
        return recipes;
    }

    private void checkSearch(Facts facts) throws TroubleException {
        try {
            new Search(SearchSpecs.of(spec, facts)).next(List.of());
        } catch (SearchException | RecipeException e) {
            throw new TroubleException(Reason.SpecInvalid, e.getMessage());
        }
    }

    private void checkOutput() throws TroubleException {
        try (Storage output = stores.open(spec.output().uri())) {
            output.checkWritable();
        } catch (StorageException e) {
            throw new TroubleException(storageReason(e), "spec.output.uri: " + e.getMessage());
        } catch (IOException e) {
            throw new TroubleException(Reason.StorageUnreachable, "spec.output.uri: " + e.getMessage());
        }
    }

    /** What a failure of a store means for an experiment. */
    public static Reason storageReason(IOException failure) {
        return failure instanceof StorageException e && e.reason() == StorageException.Reason.DENIED
                ? Reason.StorageRefused
                : Reason.StorageUnreachable;
    }
}
