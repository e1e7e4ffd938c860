package dev.evomerge.operator.experiment;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.InspectionManifest;
import dev.evomerge.contract.InspectionReport;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.merge.Preflight;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Keeps the evaluator contract without a model: a recipe's score is a smooth function of its weights. */
final class EvaluatorStandIn {

    private static final Pattern WEIGHT = Pattern.compile("\"weight\":([0-9.eE-]+)");

    private EvaluatorStandIn() {}

    /** Evaluates a shard: writes results and report, and says what the pod says. */
    static TerminationMessage evaluate(String manifestUri, int shard) throws IOException {
        var manifest = ContractJson.read(Files.readAllBytes(path(manifestUri)), CandidateManifest.class, manifestUri);
        var rows = new ArrayList<ShardReport.Row>();
        for (CandidateSpec candidate : manifest.shard(shard)) {
            var result = evaluate(manifest, candidate);
            byte[] bytes = ContractJson.bytes(result);
            write(path(manifest.results()).resolve(Layout.result(candidate.id())), bytes);
            rows.add(new ShardReport.Row(candidate.id(), result.fitness(), "", Sha256.of(bytes)));
        }
        var report = new ShardReport(CandidateManifest.API_VERSION, manifest.batch(), shard, rows);
        write(path(manifest.results()).resolve(Layout.shardReport(shard)), ContractJson.bytes(report));
        return TerminationMessage.of(report);
    }

    private static CandidateResult evaluate(CandidateManifest manifest, CandidateSpec candidate) {
        return evaluate(manifest, candidate, EvaluatorStandIn::lines);
    }

    /** What comes out of a candidate, given how many questions the file of a task has. */
    static CandidateResult evaluate(
            CandidateManifest manifest, CandidateSpec candidate, ToIntFunction<TaskSpec> questions) {
        double skill = skill(candidate.recipe());
        var tasks = new TreeMap<String, CandidateResult.TaskResult>();
        manifest.tasks()
                .forEach(task -> tasks.put(
                        task.key(),
                        answer(
                                task.questions().orElseGet(() -> IntStream.range(0, questions.applyAsInt(task))
                                        .boxed()
                                        .toList()),
                                skill)));
        return new CandidateResult(
                CandidateManifest.API_VERSION,
                manifest.batch(),
                candidate.id(),
                tasks,
                manifest.objectives().stream()
                        .map(objective -> tasks.get(objective.task()).metrics().get(objective.metric()))
                        .toList(),
                Optional.empty(),
                new CandidateResult.Cost(10, 100, 100, 0.5));
    }

    private static int lines(TaskSpec task) {
        try {
            return Files.readAllLines(path(task.data().uri())).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CandidateResult.TaskResult answer(List<Integer> questions, double skill) {
        var outcomes = new StringBuilder();
        int right = 0;
        for (int question : questions) {
            boolean knows = (question * 0.618033988749895) % 1 < skill;
            right += knows ? 1 : 0;
            outcomes.append(knows ? '1' : '0');
        }
        return new CandidateResult.TaskResult(
                outcomes.toString(), Map.of("accuracy", (double) right / questions.size(), "outputTokens", 8.0));
    }

    /** Best where the weights are 0.7 on average. */
    private static double skill(Recipe recipe) {
        var matcher = WEIGHT.matcher(RecipeFormat.toJson(recipe));
        var weights = new ArrayList<Double>();
        while (matcher.find()) {
            weights.add(Double.valueOf(matcher.group(1)));
        }
        double mean =
                weights.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        return Math.max(0, 0.9 - Math.abs(mean - 0.7));
    }

    /** Writes a model of one file, and says what the pod says. */
    static TerminationMessage export(String manifestUri) throws IOException {
        return export(manifestUri, EvaluatorStandIn::path);
    }

    /** The same where the output lies somewhere else for the pod. */
    static TerminationMessage export(String manifestUri, Function<String, Path> place) throws IOException {
        var manifest = ContractJson.read(Files.readAllBytes(path(manifestUri)), ExportManifest.class, manifestUri);
        byte[] recipe = RecipeFormat.toYaml(manifest.recipe()).getBytes(StandardCharsets.UTF_8);
        write(place.apply(manifest.output()).resolve("mergekit_config.yml"), recipe);
        var report = new ExportReport(
                CandidateManifest.API_VERSION,
                manifest.experiment(),
                manifest.candidate(),
                manifest.output(),
                Sha256.of(recipe),
                recipe.length);
        write(path(manifest.report()), ContractJson.bytes(report));
        return TerminationMessage.of(report);
    }

    /** Looks at an experiment's volumes, which are mounted below a folder, and writes what was found. */
    static void inspect(String manifestUri, Path volumes) throws IOException {
        var manifest = ContractJson.read(Files.readAllBytes(path(manifestUri)), InspectionManifest.class, manifestUri);
        var seen = Preflight.ofModels(
                manifest.models(),
                manifest.base(),
                new StorageAccess(Map.of(StorageAccess.VOLUMES, volumes.toString())));
        var models = new TreeMap<String, InspectionReport.Model>();
        seen.models()
                .forEach((name, model) -> models.put(
                        name,
                        new InspectionReport.Model(
                                model.layers(),
                                model.parameters(),
                                model.bytes(),
                                model.cacheWidth(),
                                model.dtype(),
                                Map.of())));
        var report = new InspectionReport(
                CandidateManifest.API_VERSION,
                models,
                seen.problems().stream()
                        .map(problem -> new InspectionReport.Problem(
                                problem.model(), problem.where(), problem.found(), problem.expected()))
                        .toList(),
                Optional.empty());
        write(path(manifest.report()), ContractJson.bytes(report));
    }

    static Path path(String uri) {
        return Path.of(URI.create(uri));
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }
}
