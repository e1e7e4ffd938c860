package dev.evomerge.contract;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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

    /** The candidates of one shard, in order. */
    public List<CandidateSpec> shard(int index) {
        return IntStream.range(0, candidates.size())
                .filter(i -> i % shards == index)
                .mapToObj(candidates::get)
                .toList();
    }
}
