package dev.evomerge.operator.metrics;

import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec.Goal;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeExperimentStatus.State;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.crds.MergeGenerationStatus;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.search.Batch;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/** The series about experiments. Those of an experiment appear when it is first seen, and go when it does. */
@Singleton
public final class ExperimentMetrics {

    private static final List<String> FAILURES = List.of(
            Failure.NOT_FINITE, Failure.OUT_OF_MEMORY, Failure.TIMEOUT, Failure.CRASHED, Failure.INVALID_RECIPE);
    private static final String OTHER_FAILURE = "Other";

    private final MeterRegistry registry;
    private final Clock clock;
    private final Instant begun;
    private final Map<String, Series> experiments = new ConcurrentHashMap<>();
    private final Map<String, List<Meter>> namespaces = new HashMap<>();

    @Inject
    public ExperimentMetrics(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        this.begun = clock.instant();
        // There from the start, so that the first of each is seen as an increase.
        registry.timer("evomerge.decide");
        registry.timer("evomerge.handover");
        List.of("done", "error").forEach(outcome -> registry.timer("evomerge.reconcile", "outcome", outcome));
        List.of("read", "list", "write").forEach(operation -> {
            registry.timer("evomerge.storage", "operation", operation);
            registry.counter("evomerge.storage.errors", "operation", operation);
        });
    }

    /**
     * What was seen of an experiment while it was reconciled.
     *
     * @param status      the status that it gets
     * @param batches     the recorded batches; empty where storage was not read
     * @param jobs        its Jobs
     * @param pods        their pods
     * @param generations its MergeGenerations
     */
    public record Sight(
            MergeExperiment experiment,
            MergeExperimentStatus status,
            Optional<List<RecordedBatch>> batches,
            Collection<Job> jobs,
            Collection<Pod> pods,
            Collection<MergeGeneration> generations) {}

    public void saw(Sight sight) {
        var metadata = sight.experiment().getMetadata();
        forgetEarlier(sight.experiment());
        namespace(metadata.getNamespace());
        experiments.computeIfAbsent(metadata.getUid(), uid -> new Series(sight)).saw(sight);
    }

    /** One of the same name that was deleted and made anew so quickly that only the new one was seen. */
    private void forgetEarlier(MergeExperiment experiment) {
        var metadata = experiment.getMetadata();
        experiments.forEach((uid, series) -> {
            if (!uid.equals(metadata.getUid())
                    && series.namespace.equals(metadata.getNamespace())
                    && series.name.equals(metadata.getName())) {
                forget(uid);
            }
        });
    }

    /** Removes the series of an experiment that is gone. */
    public void forget(String uid) {
        var gone = experiments.remove(uid);
        if (gone == null) {
            return;
        }
        gone.meters.forEach(registry::remove);
        synchronized (namespaces) {
            if (experiments.values().stream().noneMatch(series -> series.namespace.equals(gone.namespace))) {
                Optional.ofNullable(namespaces.remove(gone.namespace))
                        .ifPresent(meters -> meters.forEach(registry::remove));
            }
        }
    }

    private void namespace(String namespace) {
        synchronized (namespaces) {
            namespaces.computeIfAbsent(namespace, name -> Arrays.stream(State.values())
                    .<Meter>map(state -> Gauge.builder("evomerge.experiments", () -> count(name, state))
                            .description("Experiments by state")
                            .tags("namespace", name, "state", state.name().toLowerCase(Locale.ROOT))
                            .register(registry))
                    .toList());
        }
    }

    private long count(String namespace, State state) {
        return experiments.values().stream()
                .filter(series -> series.namespace.equals(namespace) && state(series.status) == state)
                .count();
    }

    /** One experiment. */
    private final class Series {

        private final String namespace;
        private final String name;
        private final Tags tags;
        private final PodTimes pods = new PodTimes(begun);
        private final List<Meter> meters = new ArrayList<>();
        private final Set<String> known = new HashSet<>();
        private final Set<String> admitted = new HashSet<>();
        private final Timer queueWait;
        private final Timer handover;

        private volatile MergeExperimentStatus status;
        private volatile List<RecordedBatch> batches = List.of();
        private volatile int inFlight;
        private boolean budgeted;

        Series(Sight sight) {
            var experiment = sight.experiment();
            status = sight.status();
            namespace = experiment.getMetadata().getNamespace();
            name = experiment.getMetadata().getName();
            tags = Tags.of(
                    "namespace",
                    namespace,
                    "experiment",
                    experiment.getMetadata().getName());
            gauge("evomerge.batch", "Number of the batch that is being evaluated", Tags.empty(), s -> batch(s.status));
            gauge(
                    "evomerge.candidates.in.flight",
                    "Candidates of the current batch without a result",
                    Tags.empty(),
                    s -> s.inFlight);
            gauge("evomerge.pods", "Evaluator pods", Tags.of("phase", "pending"), s -> s.pods.pending());
            gauge("evomerge.pods", "Evaluator pods", Tags.of("phase", "running"), s -> s.pods.running());
            counter("evomerge.evaluations", "Candidates recorded", Tags.of("outcome", "scored"), s -> evaluations(
                            s.status)
                    .scored());
            counter("evomerge.evaluations", "Candidates recorded", Tags.of("outcome", "failed"), s -> evaluations(
                            s.status)
                    .failed());
            FAILURES.forEach(reason -> failures(reason, reason::equals));
            failures(OTHER_FAILURE, reason -> !FAILURES.contains(reason));
            counter(
                    "evomerge.questions",
                    "Questions answered",
                    Tags.empty(),
                    s -> s.sum(result -> result.cost().questions()));
            counter(
                    "evomerge.tokens",
                    "Tokens generated",
                    Tags.empty(),
                    s -> s.sum(result -> result.cost().generatedTokens()));
            counter(
                    "evomerge.pod.seconds",
                    "Time that evaluator pods ran",
                    Tags.empty(),
                    s -> s.pods.seconds(clock.instant()));
            counter(
                    "evomerge.gpu.seconds",
                    "Time that evaluator pods ran, times their GPUs",
                    Tags.empty(),
                    s -> s.pods.gpuSeconds(clock.instant()));
            counter(
                    "evomerge.disrupted.pods",
                    "Pods lost to preemption, eviction or a node's failure",
                    Tags.empty(),
                    s -> s.pods.disrupted());
            counter(
                    "evomerge.disrupted.gpu.seconds",
                    "GPU time of those pods",
                    Tags.empty(),
                    s -> s.pods.disruptedGpuSeconds());
            queueWait = Timer.builder("evomerge.queue.wait")
                    .description("From a Job's creation to its admission")
                    .tags(tags)
                    .register(registry);
            meters.add(queueWait);
            handover = Timer.builder("evomerge.handover")
                    .description("From the last result of a batch to the next batch's pods; without a queue")
                    .register(registry);
            for (int i = 0; i < experiment.getSpec().objectives().size(); i++) {
                objective(experiment, i);
            }
        }

        private void objective(MergeExperiment experiment, int index) {
            var objective = experiment.getSpec().objectives().get(index);
            boolean maximize = objective.goal() != Goal.Minimize;
            var named = Tags.of("objective", objective.name());
            gauge(
                    "evomerge.best.fitness",
                    "The best of all generations so far",
                    named,
                    s -> extreme(s.fitness(index, false), maximize));
            gauge(
                    "evomerge.fitness",
                    "Of the last recorded generation",
                    named.and("statistic", "best"),
                    s -> extreme(s.fitness(index, true), maximize));
            gauge(
                    "evomerge.fitness",
                    "Of the last recorded generation",
                    named.and("statistic", "worst"),
                    s -> extreme(s.fitness(index, true), !maximize));
            gauge(
                    "evomerge.fitness",
                    "Of the last recorded generation",
                    named.and("statistic", "median"),
                    s -> median(s.fitness(index, true)));
        }

        private void failures(String reason, java.util.function.Predicate<String> counted) {
            counter(
                    "evomerge.evaluation.failures",
                    "Failed candidates by reason",
                    Tags.of("reason", reason),
                    s -> s.sum(result -> result.failure()
                                    .map(Failure::reason)
                                    .filter(counted)
                                    .isPresent()
                            ? 1
                            : 0));
        }

        private void gauge(String name, String description, Tags more, ToDoubleFunction<Series> value) {
            meters.add(Gauge.builder(name, this, value)
                    .description(description)
                    .tags(tags.and(more))
                    .register(registry));
        }

        private void counter(String name, String description, Tags more, ToDoubleFunction<Series> value) {
            meters.add(FunctionCounter.builder(name, this, value)
                    .description(description)
                    .tags(tags.and(more))
                    .register(registry));
        }

        void saw(Sight sight) {
            boolean bounded = evaluations(sight.status()).budget() != null;
            if (bounded && !budgeted) {
                budgeted = true;
                gauge(
                        "evomerge.evaluations.budget",
                        "Candidates that the search may evaluate",
                        Tags.empty(),
                        s -> Optional.ofNullable(evaluations(s.status).budget())
                                .map(Integer::doubleValue)
                                .orElse(Double.NaN));
            }
            status = sight.status();
            sight.batches().ifPresent(read -> batches = List.copyOf(read));
            inFlight = state(status) == State.Searching ? unanswered(sight.generations()) : 0;
            pods.saw(sight.pods(), clock.instant());
            sight.jobs().forEach(job -> saw(job, sight));
            var present =
                    sight.jobs().stream().map(job -> job.getMetadata().getUid()).toList();
            known.retainAll(present);
            admitted.retainAll(present);
        }

        private void saw(Job job, Sight sight) {
            String uid = job.getMetadata().getUid();
            var created = Instant.parse(job.getMetadata().getCreationTimestamp());
            // What began before this process did was measured by the one before it.
            boolean mine = !created.isBefore(begun);
            boolean queued = job.getMetadata().getLabels().containsKey("kueue.x-k8s.io/queue-name");
            // A queue's wait is another number.
            if (!queued && !known.contains(uid) && hasPods(job, sight) && known.add(uid) && mine) {
                lastResultBefore(job, sight)
                        .ifPresent(result -> handover.record(atLeastZero(Duration.between(result, clock.instant()))));
            }
            if (queued
                    && job.getStatus() != null
                    && job.getStatus().getStartTime() != null
                    && admitted.add(uid)
                    && mine) {
                queueWait.record(atLeastZero(
                        Duration.between(created, Instant.parse(job.getStatus().getStartTime()))));
            }
        }

        private static boolean hasPods(Job job, Sight sight) {
            return sight.pods().stream()
                    .flatMap(pod -> pod.getMetadata().getOwnerReferences().stream())
                    .anyMatch(owner -> owner.getUid().equals(job.getMetadata().getUid()));
        }

        /** When the last pod of the batch before a Job's ended. */
        private Optional<Instant> lastResultBefore(Job job, Sight sight) {
            var number = number(job.getMetadata().getLabels().get(BATCH));
            return sight.pods().stream()
                    .filter(pod -> number.isPresent()
                            && number(pod.getMetadata().getLabels().get(BATCH)).equals(number.map(n -> n - 1)))
                    .flatMap(pod -> PodTimes.finished(pod).stream())
                    .max(Instant::compareTo);
        }

        private double sum(ToDoubleFunction<CandidateResult> value) {
            return batches.stream()
                    .flatMap(batch -> batch.results().stream())
                    .mapToDouble(value)
                    .sum();
        }

        /** An objective's numbers in the generations, or in the last one. */
        private double[] fitness(int objective, boolean last) {
            var generations = batches.stream()
                    .filter(batch -> batch.kind() == Batch.Kind.GENERATION)
                    .toList();
            return generations.subList(last ? Math.max(0, generations.size() - 1) : 0, generations.size()).stream()
                    .flatMap(batch -> batch.results().stream())
                    .filter(result -> result.fitness().size() > objective)
                    .mapToDouble(result -> result.fitness().get(objective))
                    .sorted()
                    .toArray();
        }
    }

    private static final String BATCH = "evomerge.dev/batch";

    private static MergeExperimentStatus.Evaluations evaluations(MergeExperimentStatus status) {
        return Objects.requireNonNullElse(status.evaluations(), new MergeExperimentStatus.Evaluations(0, 0, null));
    }

    /** An experiment that was just made has no state yet. */
    private static State state(MergeExperimentStatus status) {
        return Objects.requireNonNullElse(status.state(), State.Pending);
    }

    private static int unanswered(Collection<MergeGeneration> generations) {
        return generations.stream()
                .filter(generation -> generation.getStatus() != null
                        && generation.getStatus().state() == MergeGenerationStatus.State.Running)
                .mapToInt(generation -> generation.getSpec().candidates()
                        - generation.getStatus().scored()
                        - generation.getStatus().failed())
                .sum();
    }

    private static double batch(MergeExperimentStatus status) {
        return number(status.batch()).map(Integer::doubleValue).orElse(Double.NaN);
    }

    /** The number in {@code g0003}. */
    private static Optional<Integer> number(String batch) {
        return Optional.ofNullable(batch)
                .filter(name -> name.matches("g[0-9]+"))
                .map(name -> Integer.parseInt(name.substring(1)));
    }

    private static double extreme(double[] sorted, boolean highest) {
        return sorted.length == 0 ? Double.NaN : sorted[highest ? sorted.length - 1 : 0];
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static Duration atLeastZero(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}
