package dev.evomerge.operator.experiment;

import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Why a Job's pods do not run, from their status. */
final class PodTroubles {

    private PodTroubles() {}

    /** What stands in the way, if something does and no pod runs: a pod that waits beside others that run is no trouble. */
    static Optional<Trouble> of(JobState state) {
        var active = state.pods().stream()
                .filter(pod -> pod.getStatus() != null && pod.getMetadata().getDeletionTimestamp() == null)
                .filter(pod -> pod.getStatus().getPhase() != null)
                .toList();
        if (active.stream().anyMatch(pod -> pod.getStatus().getPhase().equals("Running"))) {
            return Optional.empty();
        }
        var pending = active.stream()
                .filter(pod -> pod.getStatus().getPhase().equals("Pending"))
                .toList();
        return Stream.concat(
                        pending.stream().flatMap(PodTroubles::waiting),
                        pending.stream().flatMap(PodTroubles::unschedulable))
                .findFirst();
    }

    private static Stream<Trouble> waiting(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream().flatMap(container -> waiting(pod, container).stream());
    }

    private static Optional<Trouble> waiting(Pod pod, ContainerStatus container) {
        return Optional.ofNullable(container.getState())
                .map(state -> state.getWaiting())
                .filter(waiting -> waiting.getReason() != null)
                .flatMap(waiting -> reason(waiting)
                        .map(reason -> new Trouble(
                                reason,
                                (reason == Reason.ImageCannotBePulled ? "image " + container.getImage() + ": " : "")
                                        + waiting.getReason()
                                        + Optional.ofNullable(waiting.getMessage())
                                                .map(message -> ": " + message)
                                                .orElse("")
                                        + " (pod " + pod.getMetadata().getName() + ")")));
    }

    private static Optional<Reason> reason(ContainerStateWaiting waiting) {
        return switch (waiting.getReason()) {
            case "ErrImagePull",
                    "ImagePullBackOff",
                    "InvalidImageName",
                    "ErrImageNeverPull",
                    "ImageInspectError",
                    "RegistryUnavailable",
                    "SignatureValidationFailed" -> Optional.of(Reason.ImageCannotBePulled);
            case "CreateContainerConfigError", "CreateContainerError", "RunContainerError" ->
                Optional.of(Reason.PodCannotStart);
            default -> Optional.empty();
        };
    }

    private static Stream<Trouble> unschedulable(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> Objects.equals(condition.getType(), "PodScheduled")
                        && Objects.equals(condition.getStatus(), "False"))
                .map(condition -> new Trouble(
                        Reason.Unschedulable,
                        "no node takes pod " + pod.getMetadata().getName() + ": "
                                + Objects.requireNonNullElse(condition.getMessage(), condition.getReason())));
    }
}
