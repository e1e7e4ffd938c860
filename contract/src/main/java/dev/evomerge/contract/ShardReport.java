package dev.evomerge.contract;

import java.util.List;

/**
 * How one shard ended: the object {@code <results>/shard-<index>.json}. The pod's {@link TerminationMessage} is its short form.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param batch      the batch's name
 * @param shard      the shard's index, from 0
 * @param candidates a row per candidate of the shard, in order
 */
public record ShardReport(String apiVersion, String batch, int shard, List<Row> candidates) {

    public ShardReport {
        candidates = List.copyOf(candidates);
    }

    /**
     * One candidate.
     *
     * @param id      the candidate
     * @param fitness per objective, in order; empty if it failed
     * @param failure the failure's reason, or empty
     * @param sha256  digest of the candidate's result object
     */
    public record Row(String id, List<Double> fitness, String failure, String sha256) {
        public Row {
            fitness = List.copyOf(fitness);
        }
    }
}
