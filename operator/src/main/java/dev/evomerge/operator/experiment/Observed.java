package dev.evomerge.operator.experiment;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.operator.condition.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An experiment at one moment.
 *
 * @param experiment  the resource
 * @param now         the time
 * @param jobs        its Jobs
 * @param pods        the pods of its Jobs
 * @param generations its MergeGenerations
 * @param knowledge   what lies in storage
 */
record Observed(
        MergeExperiment experiment,
        Instant now,
        List<Job> jobs,
        List<Pod> pods,
        List<MergeGeneration> generations,
        Knowledge knowledge) {

    private static final MergeExperimentStatus NO_STATUS = new MergeExperimentStatus(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    Observed {
        jobs = List.copyOf(jobs);
        pods = List.copyOf(pods);
        generations = List.copyOf(generations);
    }

    String name() {
        return experiment.getMetadata().getName();
    }

    MergeExperimentSpec spec() {
        return experiment.getSpec();
    }

    /** The status that it has; of nothing but absent fields if it has none yet. */
    MergeExperimentStatus status() {
        return status(experiment);
    }

    static MergeExperimentStatus status(MergeExperiment experiment) {
        return experiment.getStatus() == null ? NO_STATUS : experiment.getStatus();
    }

    boolean suspended() {
        return Boolean.TRUE.equals(spec().suspend());
    }

    boolean deleted() {
        return experiment.getMetadata().getDeletionTimestamp() != null;
    }

    /** Whether it has come to its end: it has failed, or the model that the spec asks for is exported. */
    static boolean ended(MergeExperiment experiment) {
        var status = status(experiment);
        String pick = experiment.getSpec().output().pick();
        boolean exported = pick == null
                ? status.pick() == null
                : status.winner() != null && pick.equals(status.winner().candidate());
        return Conditions.find(status.conditions(), "Succeeded")
                .map(Condition::getStatus)
                .filter(succeeded -> succeeded.equals("False") || succeeded.equals("True") && exported)
                .isPresent();
    }

    /** The Job of a batch. */
    Optional<Job> job(String batch) {
        return jobs.stream()
                .filter(job -> batch.equals(job.getMetadata().getLabels().get(Labels.BATCH)))
                .findFirst();
    }

    /** The pods that a Job has made; not those of an earlier Job of the same name. */
    List<Pod> pods(Job job) {
        return pods.stream()
                .filter(pod -> pod.getMetadata().getOwnerReferences().stream()
                        .map(OwnerReference::getUid)
                        .anyMatch(job.getMetadata().getUid()::equals))
                .toList();
    }

    Optional<MergeGeneration> generation(String batch) {
        return generations.stream()
                .filter(generation -> generation.getMetadata().getName().equals(name() + "-" + batch))
                .findFirst();
    }
}
