package dev.evomerge.contract;

import dev.evomerge.recipe.Recipe;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Everything that the evaluator pods of one batch need to know. One object in storage, written once, read by every pod.
 *
 * @param apiVersion {@value #API_VERSION}
 * @param experiment the experiment, {@code namespace/name}
 * @param batch      the batch's name, {@code g0007}
 * @param results    URI of the folder that result objects go to
 * @param shards     how many pods share the work, ≥ 1; candidate <i>i</i> belongs to shard <i>i</i> mod {@code shards}
 * @param models     where each model named in a recipe lies
 * @param tasks      what every candidate is asked
 * @param objectives what is reported as fitness, in order
 * @param candidates the candidates, in order
 */
public record CandidateManifest(
        String apiVersion,
        String experiment,
        String batch,
        String results,
        int shards,
        Map<String, ModelRef> models,
        List<TaskSpec> tasks,
        List<ObjectiveSpec> objectives,
        List<CandidateSpec> candidates) {

    public static final String API_VERSION = "evaluator.evomerge.dev/v1";

    public CandidateManifest {
        models = Map.copyOf(models);
        tasks = List.copyOf(tasks);
        objectives = List.copyOf(objectives);
        candidates = List.copyOf(candidates);
    }

    /**
     * What is wrong with it, beyond what its types can say; empty if nothing is. Each line names the field.
     */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (shards < 1 || shards > Math.max(1, candidates.size())) {
            problems.add("shards is " + shards + ", expected 1 to the number of candidates, " + candidates.size());
        }
        if (candidates.isEmpty()) {
            problems.add("candidates is empty, expected at least one");
        }
        if (tasks.isEmpty()) {
            problems.add("tasks is empty, expected at least one");
        }
        problems.addAll(repeated("candidates", candidates.stream().map(CandidateSpec::id)));
        problems.addAll(repeated("tasks", tasks.stream().map(TaskSpec::key)));
        candidates.stream()
                .filter(candidate -> !candidate.id().matches("[A-Za-z0-9][A-Za-z0-9.-]*"))
                .forEach(candidate ->
                        problems.add("candidates: id '" + candidate.id() + "', expected letters, digits, '-' and '.'"));
        candidates.forEach(
                candidate -> problems.addAll(unknownModels("candidate " + candidate.id(), candidate.recipe())));
        models.forEach((name, model) ->
                model.recipe().ifPresent(recipe -> problems.addAll(unknownModels("model " + name, recipe))));
        objectives.forEach(objective -> problem(objective).ifPresent(problems::add));
        if (objectives.isEmpty()) {
            problems.add("objectives is empty, expected at least one");
        }
        return problems;
    }

    private Optional<String> problem(ObjectiveSpec objective) {
        Optional<TaskSpec> task =
                tasks.stream().filter(one -> one.key().equals(objective.task())).findFirst();
        if (task.isEmpty()) {
            return Optional.of("objective " + objective.name() + " names the task '" + objective.task()
                    + "', expected one of "
                    + tasks.stream().map(TaskSpec::key).sorted().toList());
        }
        List<String> metrics = ObjectiveSpec.metrics(task.get());
        return metrics.contains(objective.metric())
                ? Optional.empty()
                : Optional.of("objective " + objective.name() + " names the metric '" + objective.metric() + "', but "
                        + objective.task() + " measures " + metrics);
    }

    private List<String> unknownModels(String user, Recipe recipe) {
        return recipe.models().stream()
                .filter(name -> !models.containsKey(name))
                .map(name ->
                        user + " names the model '" + name + "', expected one of " + new TreeSet<>(models.keySet()))
                .toList();
    }

    private static List<String> repeated(String field, Stream<String> names) {
        Set<String> seen = new HashSet<>();
        return names.filter(name -> !seen.add(name))
                .map(name -> field + ": '" + name + "' occurs twice")
                .toList();
    }

    /** The candidates of one shard, in order. */
    public List<CandidateSpec> shard(int index) {
        return IntStream.range(0, candidates.size())
                .filter(i -> i % shards == index)
                .mapToObj(candidates::get)
                .toList();
    }
}
