package dev.evomerge.cli;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** What a pod waits for that does not run yet. */
final class PodWait {

    private PodWait() {}

    /** In the words of its status; empty once a container of it has been started. */
    static Optional<String> of(Pod pod) {
        PodStatus status = Objects.requireNonNullElseGet(pod.getStatus(), PodStatus::new);
        if (!Objects.requireNonNullElse(status.getPhase(), "Pending").equals("Pending")) {
            return Optional.empty();
        }
        return Stream.of(
                        containers(status),
                        status.getConditions().stream()
                                .filter(condition -> "False".equals(condition.getStatus()))
                                .filter(condition -> condition.getReason() != null)
                                .map(PodWait::text),
                        Stream.of(
                                pod.getSpec().getNodeName() == null
                                        ? "no scheduler has looked for a node yet"
                                        : "node " + pod.getSpec().getNodeName() + " has not begun with it yet"))
                .flatMap(reasons -> reasons)
                .findFirst();
    }

    /** Containers say it more exactly than the conditions, in which they are only "not ready". */
    private static Stream<String> containers(PodStatus status) {
        return Stream.concat(status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
                .filter(container -> container.getState() != null
                        && container.getState().getWaiting() != null
                        && container.getState().getWaiting().getReason() != null)
                .map(PodWait::text);
    }

    private static String text(ContainerStatus container) {
        var waiting = container.getState().getWaiting();
        return text(waiting.getReason(), waiting.getMessage()) + " (container " + container.getName() + ", image "
                + container.getImage() + ")";
    }

    private static String text(PodCondition condition) {
        return text(condition.getReason(), condition.getMessage());
    }

    private static String text(String reason, String message) {
        return message == null || message.isEmpty() ? reason : reason + ": " + message;
    }
}
