package dev.evomerge.operator.experiment;

import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ExitCode;
import dev.evomerge.contract.TerminationMessage;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/**
 * How far a Job has come. Pods say so before the Job does: it takes the Job controller a moment to see that the last one has ended.
 *
 * @param job  the Job
 * @param pods its pods
 */
record JobState(Job job, List<Pod> pods) {

    private static final String INDEX = "batch.kubernetes.io/job-completion-index";

    JobState {
        pods = List.copyOf(pods);
    }

    /** Whether all indices have ended, well or not; nothing more will come. */
    boolean ended() {
        if (finished().isPresent()) {
            return true;
        }
        var ended = new TreeSet<>(succeededIndices());
        if (job.getStatus() != null) {
            ended.addAll(indices(job.getStatus().getFailedIndexes()));
        }
        return ended.size() >= job.getSpec().getCompletions();
    }

    /** Whether every index has ended well. */
    boolean succeeded() {
        return finished().map(JobCondition::getType).filter("Complete"::equals).isPresent()
                || succeededIndices().size() >= job.getSpec().getCompletions();
    }

    boolean suspended() {
        return Boolean.TRUE.equals(job.getSpec().getSuspend());
    }

    /** The condition that ends the Job. */
    Optional<JobCondition> finished() {
        return job.getStatus() == null
                ? Optional.empty()
                : job.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals("Complete")
                                || condition.getType().equals("Failed"))
                        .filter(condition -> condition.getStatus().equals("True"))
                        .findFirst();
    }

    /** When it ended, if the Job says so. */
    Optional<Instant> finishedAt() {
        return finished().map(JobCondition::getLastTransitionTime).map(Instant::parse);
    }

    /** The reports of the shards that have ended well. */
    List<TerminationMessage.Shard> reports() {
        return messages().stream()
                .map(TerminationMessage::shard)
                .flatMap(Optional::stream)
                .toList();
    }

    /** Why the evaluator has refused its manifest, data or models, if a pod has. */
    Optional<String> refusal() {
        return pods.stream()
                .map(JobState::terminated)
                .flatMap(Optional::stream)
                .filter(state -> Objects.equals(state.getExitCode(), ExitCode.INVALID))
                .map(state -> explanation(state))
                .findFirst();
    }

    /** What the last pod that failed has said, for people. */
    Optional<String> lastWords() {
        return pods.stream()
                .map(JobState::terminated)
                .flatMap(Optional::stream)
                .filter(state -> !Objects.equals(state.getExitCode(), ExitCode.DONE))
                .reduce((first, second) -> second)
                .map(state -> "exit code " + state.getExitCode() + ": " + explanation(state));
    }

    /** Why a shard's candidates that have no result have none: a reason of the evaluator contract. */
    String failureOf(int shard) {
        if (finished()
                .map(JobCondition::getReason)
                .filter("DeadlineExceeded"::equals)
                .isPresent()) {
            return Failure.TIMEOUT;
        }
        boolean outOfMemory = pods.stream()
                .filter(pod -> index(pod) == shard)
                .map(JobState::terminated)
                .flatMap(Optional::stream)
                .anyMatch(state -> "OOMKilled".equals(state.getReason()));
        return outOfMemory ? Failure.OUT_OF_MEMORY : Failure.CRASHED;
    }

    private List<TerminationMessage> messages() {
        var messages = new ArrayList<TerminationMessage>();
        for (Pod pod : pods) {
            terminated(pod)
                    .filter(state -> Objects.equals(state.getExitCode(), ExitCode.DONE))
                    .ifPresent(state -> {
                        try {
                            messages.add(TerminationMessage.parse(
                                    state.getMessage() == null ? "" : state.getMessage(),
                                    pod.getMetadata().getName()));
                        } catch (ContractException e) {
                            // Storage has the same, and more; the message is only the faster way.
                        }
                    });
        }
        return messages;
    }

    /** By the containers' states: a kubelet says that a pod has Succeeded only when its sandbox is gone, a second later. */
    private TreeSet<Integer> succeededIndices() {
        var indices = new TreeSet<Integer>();
        pods.stream()
                .filter(pod -> terminated(pod)
                        .filter(state -> Objects.equals(state.getExitCode(), ExitCode.DONE))
                        .isPresent())
                .forEach(pod -> indices.add(index(pod)));
        if (job.getStatus() != null) {
            indices.addAll(indices(job.getStatus().getCompletedIndexes()));
        }
        return indices;
    }

    private static int index(Pod pod) {
        var annotations = pod.getMetadata().getAnnotations();
        return annotations == null ? 0 : Integer.parseInt(annotations.getOrDefault(INDEX, "0"));
    }

    /** The numbers of a Job's list of indices: {@code 0,2-4}. */
    static List<Integer> indices(String text) {
        var indices = new ArrayList<Integer>();
        if (text != null && !text.isEmpty()) {
            for (String part : text.split(",")) {
                int dash = part.indexOf('-');
                int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
                int last = Integer.parseInt(dash < 0 ? part : part.substring(dash + 1));
                for (int i = first; i <= last; i++) {
                    indices.add(i);
                }
            }
        }
        return indices;
    }

    /** How the evaluator's container of a pod has ended, if it has. */
    static Optional<ContainerStateTerminated> terminated(Pod pod) {
        if (pod.getStatus() == null) {
            return Optional.empty();
        }
        return pod.getStatus().getContainerStatuses().stream()
                .filter(status -> status.getName().equals(Jobs.CONTAINER))
                .map(ContainerStatus::getState)
                .filter(Objects::nonNull)
                .map(state -> state.getTerminated())
                .filter(Objects::nonNull)
                .findFirst();
    }

    private static String explanation(ContainerStateTerminated state) {
        String text = state.getMessage() == null ? "" : state.getMessage();
        try {
            return TerminationMessage.parse(text, "pod")
                    .problem()
                    .map(problem -> problem.reason() + ": " + problem.message())
                    .orElse(text);
        } catch (ContractException e) {
            String[] lines = text.strip().split("\n");
            String last = lines[lines.length - 1];
            return last.isBlank() ? String.valueOf(state.getReason()) : last;
        }
    }
}
