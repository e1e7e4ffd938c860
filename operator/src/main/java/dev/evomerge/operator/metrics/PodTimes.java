package dev.evomerge.operator.metrics;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long the pods of an experiment ran, and on how many GPUs. Kept in memory: what ran before this process began is left out, so that a new
 * process counts nothing twice.
 */
final class PodTimes {

    private final Instant begun;
    private final Map<String, Run> runs = new HashMap<>();
    private int pending;
    private int running;
    private double seconds;
    private double gpuSeconds;
    private double disruptedGpuSeconds;
    private int disrupted;

    PodTimes(Instant begun) {
        this.begun = begun;
    }

    /** A pod's run, while it lasts; {@code ended} once it was added up. */
    private record Run(Instant since, long gpus, boolean ended) {}

    synchronized void saw(Collection<Pod> pods, Instant now) {
        pending =
                (int) pods.stream().filter(pod -> phase(pod).equals("Pending")).count();
        running =
                (int) pods.stream().filter(pod -> phase(pod).equals("Running")).count();
        pods.forEach(pod -> saw(pod, now));
        var present = pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
        // A pod that went without its end being seen was taken away with its node, or deleted.
        runs.forEach((uid, run) -> {
            if (!present.contains(uid) && !run.ended) {
                add(run, now, true);
            }
        });
        runs.keySet().retainAll(present);
    }

    private void saw(Pod pod, Instant now) {
        String uid = pod.getMetadata().getUid();
        var known = Optional.ofNullable(runs.get(uid));
        if (known.filter(Run::ended).isPresent()) {
            return;
        }
        var run = known.or(() -> started(pod).map(start -> new Run(start, gpus(pod), false)));
        run.ifPresent(found -> runs.put(uid, found));
        boolean lost = disruption(pod);
        if (phase(pod).equals("Succeeded") || phase(pod).equals("Failed")) {
            var last = run.orElse(new Run(now, 0, false));
            add(last, finished(pod).orElse(now), lost);
            runs.put(uid, new Run(last.since, last.gpus, true));
        }
    }

    private void add(Run run, Instant end, boolean lost) {
        double ran = between(run.since, end);
        seconds += ran;
        gpuSeconds += ran * run.gpus;
        if (lost && end.isAfter(begun)) {
            disrupted++;
            disruptedGpuSeconds += ran * run.gpus;
        }
    }

    private double between(Instant start, Instant end) {
        var from = start.isBefore(begun) ? begun : start;
        return end.isAfter(from) ? Duration.between(from, end).toMillis() / 1000.0 : 0;
    }

    synchronized double seconds(Instant now) {
        return seconds
                + runs.values().stream()
                        .filter(run -> !run.ended)
                        .mapToDouble(run -> between(run.since, now))
                        .sum();
    }

    synchronized double gpuSeconds(Instant now) {
        return gpuSeconds
                + runs.values().stream()
                        .filter(run -> !run.ended)
                        .mapToDouble(run -> between(run.since, now) * run.gpus)
                        .sum();
    }

    synchronized double disruptedGpuSeconds() {
        return disruptedGpuSeconds;
    }

    synchronized int disrupted() {
        return disrupted;
    }

    synchronized int pending() {
        return pending;
    }

    synchronized int running() {
        return running;
    }

    private static String phase(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getPhase() == null
                ? "Pending"
                : pod.getStatus().getPhase();
    }

    private static boolean disruption(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition ->
                                condition.getType().equals("DisruptionTarget") && "True".equals(condition.getStatus()));
    }

    /** When the first container began to run. */
    private static Optional<Instant> started(Pod pod) {
        return containers(pod)
                .map(ContainerStatus::getState)
                .flatMap(state -> Stream.of(
                                Optional.ofNullable(state.getRunning()).map(running -> running.getStartedAt()),
                                Optional.ofNullable(state.getTerminated()).map(ended -> ended.getStartedAt()))
                        .flatMap(Optional::stream))
                .map(Instant::parse)
                .min(Instant::compareTo);
    }

    /** When the last container ended. */
    static Optional<Instant> finished(Pod pod) {
        return containers(pod)
                .map(ContainerStatus::getState)
                .map(ContainerState::getTerminated)
                .filter(ended -> ended != null && ended.getFinishedAt() != null)
                .map(ended -> Instant.parse(ended.getFinishedAt()))
                .max(Instant::compareTo);
    }

    private static Stream<ContainerStatus> containers(Pod pod) {
        return pod.getStatus() == null
                ? Stream.empty()
                : pod.getStatus().getContainerStatuses().stream().filter(status -> status.getState() != null);
    }

    /** Devices named as {@code nvidia.com/gpu}. */
    private static long gpus(Pod pod) {
        return pod.getSpec().getContainers().stream()
                .map(container -> container.getResources() == null
                        ? Map.<String, Quantity>of()
                        : Optional.ofNullable(container.getResources().getLimits())
                                .orElse(Map.of()))
                .map(Map::entrySet)
                .flatMap(Collection::stream)
                .filter(limit -> limit.getKey().endsWith("/gpu"))
                .mapToLong(limit -> limit.getValue().getNumericalAmount().longValue())
                .sum();
    }
}
