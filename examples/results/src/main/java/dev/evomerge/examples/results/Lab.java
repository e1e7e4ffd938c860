package dev.evomerge.examples.results;

import com.sun.management.OperatingSystemMXBean;
import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.evaluator.CandidateEvaluator;
import dev.evomerge.evaluator.DataSets;
import dev.evomerge.evaluator.Sources;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * Asks merges of one case questions, with the evaluator of the pods. What has been asked once is kept in a folder and never asked again, so that a
 * run that was cut off goes on.
 */
final class Lab {

    private static final String ANSWER = "([^:]*)$";
    private static final int BATCH = 256;

    /** How long this process has worked, with one thread for models: what else the machine does is not in it. */
    private static final LongSupplier CPU_TIME =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)::getProcessCpuTime;

    private final CaseStudy study;
    private final Path folder;
    private final Path results;
    private final StorageAccess access = StorageAccess.fromEnvironment();
    private final DataSets dataSets = new DataSets(access);
    private final String digests;

    /**
     * @param examples the folder {@code examples/}
     * @param work     where results are kept
     */
    Lab(CaseStudy study, Path examples, Path work) throws IOException {
        this.study = study;
        this.folder = examples.resolve(study.folder()).toAbsolutePath().normalize();
        this.results = Files.createDirectories(work.resolve(study.folder()));
        this.digests = Sha256.of(Files.readAllBytes(folder.resolve("DIGESTS")));
    }

    /**
     * Asks merges all questions of one set.
     *
     * @param set     the name of a file in {@code data}
     * @param recipes what is asked
     * @param made    models that recipes name besides the sources and the base, and how to make them
     * @return results in the order of the recipes, each with the one task {@code set}
     */
    List<CandidateResult> ask(String set, List<Recipe> recipes, Map<String, Recipe> made)
            throws IOException, DataException {
        var missing = new LinkedHashMap<Path, Recipe>();
        for (Recipe recipe : recipes) {
            Path kept = kept(set, recipe, made);
            if (!Files.exists(kept)) {
                missing.put(kept, recipe);
            }
        }
        if (!missing.isEmpty()) {
            askAndKeep(set, missing, made);
        }
        var answers = new ArrayList<CandidateResult>();
        for (Recipe recipe : recipes) {
            Path kept = kept(set, recipe, made);
            answers.add(ContractJson.read(Files.readAllBytes(kept), CandidateResult.class, kept.toString()));
        }
        return answers;
    }

    private void askAndKeep(String set, Map<Path, Recipe> missing, Map<String, Recipe> made)
            throws IOException, DataException {
        var tasks = dataSets.tasks(List.of(task(set)));
        var models = models(made, path -> folder.resolve(path).toUri().toString());
        try (Sources sources = Sources.open(models, missing.values(), access, 1);
                var evaluator =
                        new CandidateEvaluator(sources, tasks, objectives(set), OptionalInt.of(BATCH), CPU_TIME)) {
            for (var entry : missing.entrySet()) {
                CandidateResult result = evaluator.evaluate(set, candidate(entry.getValue()));
                Path written = Files.write(results.resolve("unfinished"), ContractJson.bytes(result));
                Files.move(written, entry.getKey(), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /** Where the result of a recipe is kept: the name is a digest of all that it depends on. */
    private Path kept(String set, Recipe recipe, Map<String, Recipe> made) throws IOException {
        var needed = new TreeMap<>(made);
        needed.keySet().retainAll(recipe.models());
        var question = new CandidateManifest(
                CandidateManifest.API_VERSION,
                digests,
                set,
                "",
                1,
                models(needed, UnaryOperator.identity()),
                List.of(),
                objectives(set),
                List.of(candidate(recipe)));
        return results.resolve(Sha256.of(ContractJson.bytes(question)) + ".json");
    }

    private static CandidateSpec candidate(Recipe recipe) {
        return new CandidateSpec("candidate", recipe);
    }

    private Map<String, ModelRef> models(Map<String, Recipe> made, UnaryOperator<String> uri) {
        var models = new TreeMap<String, ModelRef>();
        models.put(Study.BASE, ModelRef.at(uri.apply("models/" + Study.BASE)));
        study.specialists().forEach(name -> models.put(name, ModelRef.at(uri.apply("models/" + name))));
        made.forEach((name, recipe) -> models.put(name, ModelRef.madeBy(recipe)));
        return models;
    }

    private TaskSpec task(String set) throws IOException {
        Path file = folder.resolve("data").resolve(set + ".tsv");
        return new TaskSpec(
                study.folder(),
                set,
                new TaskSpec.DataRef(file.toUri().toString(), Sha256.of(Files.readAllBytes(file)), "tsv"),
                "{question}",
                Optional.empty(),
                new TaskSpec.GenerationSpec(study.maxNewTokens(), List.of()),
                new TaskSpec.ScorerSpec("exactMatch", Optional.of(ANSWER)),
                Optional.empty());
    }

    private List<ObjectiveSpec> objectives(String set) {
        return List.of(new ObjectiveSpec(ObjectiveSpec.ACCURACY, study.folder() + "/" + set, ObjectiveSpec.ACCURACY));
    }
}
