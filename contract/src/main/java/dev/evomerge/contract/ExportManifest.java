package dev.evomerge.contract;

import dev.evomerge.recipe.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Everything that the export pod needs to know: which model to make, and where to write it.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param experiment the experiment, {@code namespace/name}
 * @param candidate  the winner's id
 * @param recipe     how to make it
 * @param models     where each model named in a recipe lies
 * @param output     URI of the folder that the model is written to
 * @param dtype      the type of its tensors: {@code bfloat16}, {@code float16} or {@code float32}
 * @param report     URI of the {@link ExportReport}
 * @param provenance what the model card says
 */
public record ExportManifest(
        String apiVersion,
        String experiment,
        String candidate,
        Recipe recipe,
        Map<String, ModelRef> models,
        String output,
        String dtype,
        String report,
        Provenance provenance) {

    public static final List<String> DTYPES = List.of("bfloat16", "float16", "float32");

    public ExportManifest {
        models = Map.copyOf(models);
    }

    /**
     * Where the model comes from and how good it is.
     *
     * @param objective what the scores measure, {@code task: metric}
     * @param scores    the table of the experiment: baselines and finalists, best first
     * @param search    how it was found, one line: algorithm, evaluations, seed
     */
    public record Provenance(String objective, List<Score> scores, String search) {
        public Provenance {
            scores = List.copyOf(scores);
        }
    }

    /**
     * One line of the table.
     *
     * @param name      a candidate or baseline
     * @param winner    whether it is what is exported
     * @param search    the score on the questions that the search used
     * @param selection the score on the questions that the winner was chosen on
     * @param test      the score on questions that nothing was chosen on
     * @param interval  its 95 % interval, two numbers
     */
    public record Score(
            String name,
            boolean winner,
            Optional<Double> search,
            Optional<Double> selection,
            Optional<Double> test,
            Optional<List<Double>> interval) {}

    /** What is wrong with it, beyond what its types can say; empty if nothing is. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        recipe.models().stream()
                .filter(name -> !models.containsKey(name))
                .forEach(name -> problems.add(
                        "recipe names the model '" + name + "', expected one of " + new TreeSet<>(models.keySet())));
        if (!DTYPES.contains(dtype)) {
            problems.add("dtype is '" + dtype + "', expected one of " + DTYPES);
        }
        return problems;
    }
}
