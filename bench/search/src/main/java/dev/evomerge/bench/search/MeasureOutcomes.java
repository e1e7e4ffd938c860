package dev.evomerge.bench.search;

import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.ObjectiveSpec;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.TaskSpec.GenerationSpec;
import dev.evomerge.contract.TaskSpec.ScorerSpec;
import dev.evomerge.evaluator.CandidateEvaluator;
import dev.evomerge.evaluator.DataSets;
import dev.evomerge.evaluator.Sources;
import dev.evomerge.inference.torch.Torch;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.cmaes.CmaEs;
import dev.evomerge.search.random.Draws;
import dev.evomerge.search.space.Encoding;
import dev.evomerge.storage.StorageAccess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Merges and evaluates about a thousand candidates of {@code examples/maths-ja} for real, with the evaluator's own code, and writes the
 * {@link OutcomeTable}: some all over the space, the others where CMA-ES goes. It goes on where an earlier run had stopped.
 *
 * <p>Usage: {@code MeasureOutcomes EXAMPLE TABLE}
 */
final class MeasureOutcomes {

    private static final List<String> MODELS = List.of("base", "maths", "japanese");
    private static final List<String> SPLITS = List.of("test", "selection", "search");
    private static final int EVERYWHERE = 300;
    private static final int SEARCHES = 7;
    private static final int GENERATIONS = 12;
    private static final int POPULATION = 8;

    private final Encoding encoding = RealMerges.encoding();
    private final CandidateEvaluator evaluator;
    private final Path table;
    private final List<boolean[]> known;
    private int done;

    private MeasureOutcomes(CandidateEvaluator evaluator, Path table) throws Exception {
        this.evaluator = evaluator;
        this.table = table;
        this.known = List.of(OutcomeTable.read(table).outcomes());
    }

    public static void main(String[] arguments) throws Exception {
        Path example = Path.of(arguments[0]).toAbsolutePath();
        Path table = Path.of(arguments[1]);
        Torch.setThreads(1);
        if (!Files.exists(table)) {
            Files.writeString(table, header(example));
        }
        var models = new HashMap<String, ModelRef>();
        for (String model : MODELS) {
            models.put(
                    model,
                    ModelRef.at(example.resolve("models/" + model).toUri().toString()));
        }
        var access = StorageAccess.fromEnvironment();
        var tasks = new ArrayList<TaskSpec>();
        for (String split : SPLITS) {
            tasks.add(task(example, split));
        }
        List<Recipe> any =
                List.of(RealMerges.encoding().decode(RealMerges.encoding().start()));
        try (Sources sources = Sources.open(models, any, access, 1);
                var evaluator = new CandidateEvaluator(
                        sources,
                        new DataSets(access).tasks(tasks),
                        List.of(new ObjectiveSpec("accuracy", tasks.getFirst().key(), ObjectiveSpec.ACCURACY)),
                        OptionalInt.empty(),
                        System::nanoTime)) {
            new MeasureOutcomes(evaluator, table).run();
        }
    }

    private void run() throws Exception {
        for (int i = 0; i < EVERYWHERE; i++) {
            score(Draws.of(1, i).uniforms(encoding.dimension()));
        }
        for (int seed = 0; seed < SEARCHES; seed++) {
            var search = new CmaEs(new CmaEs.Settings(encoding.start(), 1.0 / 6, POPULATION, seed));
            for (int generation = 0; generation < GENERATIONS; generation++) {
                var losses = new double[POPULATION][1];
                List<double[]> genomes = search.ask();
                for (int k = 0; k < POPULATION; k++) {
                    losses[k][0] = -score(genomes.get(k));
                }
                search.tell(losses);
            }
        }
        System.out.println(done + " merges; SHA-256 " + Sha256.of(Files.readAllBytes(table)));
    }

    /** The share of right answers; only what the table does not hold yet is measured. */
    private double score(double[] wanted) throws Exception {
        boolean[] outcomes;
        if (done < known.size()) {
            outcomes = known.get(done);
        } else {
            double[] genome = OutcomeTable.rounded(wanted);
            outcomes = evaluate(encoding.decode(genome));
            Files.writeString(table, OutcomeTable.line(genome, outcomes) + "\n", StandardOpenOption.APPEND);
        }
        done++;
        double right = 0;
        for (boolean outcome : outcomes) {
            right += outcome ? 1 : 0;
        }
        return right / outcomes.length;
    }

    private boolean[] evaluate(Recipe recipe) throws Exception {
        var result = evaluator.evaluate("outcomes", new CandidateSpec("c" + done, recipe));
        var all = new StringBuilder();
        for (String split : SPLITS) {
            all.append(result.tasks().get("multiplication/" + split).outcomes());
        }
        var outcomes = new boolean[all.length()];
        for (int i = 0; i < outcomes.length; i++) {
            outcomes[i] = all.charAt(i) == '1';
        }
        return outcomes;
    }

    private static TaskSpec task(Path example, String split) throws Exception {
        Path file = example.resolve("data/" + split + ".tsv");
        return new TaskSpec(
                "multiplication",
                split,
                new DataRef(file.toUri().toString(), Sha256.of(Files.readAllBytes(file)), "tsv"),
                "{question}",
                new GenerationSpec(32, List.of()),
                new ScorerSpec("exactMatch", Optional.of("([^:]*)$")),
                Optional.empty());
    }

    /** What is measured: models and questions by their digests. */
    private static String header(Path example) throws Exception {
        var text = new StringBuilder(
                "# " + RealMerges.DESCRIPTION + "; questions in this order: " + String.join(", ", SPLITS) + "\n");
        var files = new LinkedHashMap<String, Path>();
        MODELS.forEach(
                model -> files.put("models/" + model, example.resolve("models/" + model + "/model.safetensors")));
        SPLITS.forEach(split -> files.put("data/" + split, example.resolve("data/" + split + ".tsv")));
        for (var file : files.entrySet()) {
            String digest = Sha256.of(Files.readAllBytes(file.getValue()));
            text.append("# " + digest + "  " + file.getKey() + "\n");
        }
        return text.toString();
    }
}
