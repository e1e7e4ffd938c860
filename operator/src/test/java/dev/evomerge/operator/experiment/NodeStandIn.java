package dev.evomerge.operator.experiment;

import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.TerminationMessage;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Stands in for Job controller, scheduler and kubelet: makes the pods of Jobs and ends them as a {@link Script} says. */
final class NodeStandIn implements AutoCloseable {

    /** What becomes of a pod. */
    interface Script {
        /**
         * @param manifest URI of its manifest
         * @param shard    its index
         * @param attempt  from 0
         */
        Fate fate(String batch, String manifest, int shard, int attempt) throws IOException;
    }

    /** How a pod ends or hangs. */
    sealed interface Fate {
        record Succeeds(Optional<TerminationMessage> message) implements Fate {
            Succeeds(TerminationMessage message) {
                this(Optional.of(message));
            }
        }

        record Fails(int exitCode, String reason, String message) implements Fate {}

        record CannotPull(String message) implements Fate {}

        record Unschedulable(String message) implements Fate {}

        record Runs() implements Fate {}

        record NoPod() implements Fate {}
    }

    /** All goes well. */
    static final Script WELL = (batch, manifest, shard, attempt) -> new Fate.Succeeds(
            batch.startsWith(Labels.EXPORT)
                    ? EvaluatorStandIn.export(manifest)
                    : EvaluatorStandIn.evaluate(manifest, shard));

    private final KubernetesClient client;
    private final String namespace;
    private final Script script;
    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private final Set<String> done = ConcurrentHashMap.newKeySet();
    private final SharedIndexInformer<Job> informer;

    NodeStandIn(KubernetesClient client, String namespace, Script script) {
        this.client = client;
        this.namespace = namespace;
        this.script = script;
        this.informer = client.batch().v1().jobs().inNamespace(namespace).inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Job job) {
                see(job);
            }

            @Override
            public void onUpdate(Job before, Job job) {
                see(job);
            }

            @Override
            public void onDelete(Job job, boolean unknown) {
                worker.execute(() -> client.pods()
                        .inNamespace(namespace)
                        .withLabel("controller-uid", job.getMetadata().getUid())
                        .withGracePeriod(0)
                        .delete());
            }
        });
    }

    private void see(Job job) {
        String uid = job.getMetadata().getUid();
        if (new JobState(job, List.of()).finished().isPresent()) {
            return;
        }
        if (Boolean.TRUE.equals(job.getSpec().getSuspend())) {
            if (done.remove(uid)) {
                worker.execute(() -> client.pods()
                        .inNamespace(namespace)
                        .withLabel("controller-uid", uid)
                        .withGracePeriod(0)
                        .delete());
            }
        } else if (done.add(uid)) {
            worker.execute(() -> run(job));
        }
    }

    private void run(Job job) {
        try {
            String batch = job.getMetadata().getLabels().get(Labels.BATCH);
            int completions = job.getSpec().getCompletions();
            var succeeded = new java.util.TreeSet<Integer>();
            var failed = new java.util.TreeSet<Integer>();
            for (int shard = 0; shard < completions; shard++) {
                for (int attempt = 0; attempt <= 2; attempt++) {
                    var fate = script.fate(batch, manifest(job), shard, attempt);
                    if (fate instanceof Fate.NoPod) {
                        return;
                    }
                    Pod pod = pod(job, shard, attempt);
                    if (status(pod, fate)) {
                        succeeded.add(shard);
                        break;
                    }
                    if (!(fate instanceof Fate.Fails(int code, String reason, String message))) {
                        break;
                    }
                    if (attempt == 2 || code == 42) {
                        failed.add(shard);
                        break;
                    }
                }
            }
            if (succeeded.size() + failed.size() == completions) {
                finish(job, succeeded, failed);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    private static String manifest(Job job) {
        return job.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getName().equals("EVOMERGE_MANIFEST"))
                .map(EnvVar::getValue)
                .findFirst()
                .orElseThrow();
    }

    private Pod pod(Job job, int shard, int attempt) {
        var template = job.getSpec().getTemplate();
        return client.resource(new PodBuilder()
                        .withNewMetadataLike(template.getMetadata())
                        .withName(job.getMetadata().getName() + "-" + shard + "-" + attempt + "-"
                                + job.getMetadata().getUid().substring(0, 4) + System.nanoTime() % 1000)
                        .withNamespace(namespace)
                        .addToLabels("controller-uid", job.getMetadata().getUid())
                        .addToAnnotations("batch.kubernetes.io/job-completion-index", String.valueOf(shard))
                        .addNewOwnerReference()
                        .withApiVersion("batch/v1")
                        .withKind("Job")
                        .withName(job.getMetadata().getName())
                        .withUid(job.getMetadata().getUid())
                        .withController(true)
                        .endOwnerReference()
                        .endMetadata()
                        .withSpec(template.getSpec())
                        .build())
                .create();
    }

    /** Whether the pod ends well. */
    private boolean status(Pod pod, Fate fate) {
        var status = new PodStatusBuilder();
        var container = new ContainerStatusBuilder()
                .withName(Jobs.CONTAINER)
                .withImage(pod.getSpec().getContainers().getFirst().getImage())
                .withImageID("")
                .withReady(false)
                .withRestartCount(0);
        var state = new ContainerStateBuilder();
        switch (fate) {
            case Fate.Succeeds(var message) -> {
                status.withPhase("Running");
                state.withNewTerminated()
                        .withExitCode(0)
                        .withMessage(message.map(ContractJson::text).orElse(null))
                        .withReason("Completed")
                        .endTerminated();
            }
            case Fate.Fails(int code, String reason, String message) -> {
                status.withPhase("Failed");
                state.withNewTerminated()
                        .withExitCode(code)
                        .withReason(reason)
                        .withMessage(message)
                        .endTerminated();
            }
            case Fate.CannotPull(String message) -> {
                status.withPhase("Pending");
                state.withNewWaiting()
                        .withReason("ErrImagePull")
                        .withMessage(message)
                        .endWaiting();
            }
            case Fate.Unschedulable(String message) -> {
                status.withPhase("Pending");
                status.addNewCondition()
                        .withType("PodScheduled")
                        .withStatus("False")
                        .withReason("Unschedulable")
                        .withMessage(message)
                        .endCondition();
            }
            case Fate.Runs() -> {
                status.withPhase("Running");
                state.withNewRunning().endRunning();
            }
            case Fate.NoPod() -> throw new IllegalArgumentException("there is no pod");
        }
        if (!(fate instanceof Fate.Unschedulable)) {
            status.withContainerStatuses(container.withState(state.build()).build());
        }
        pod.setStatus(status.build());
        Pod reported = client.resource(pod).updateStatus();
        boolean well = fate instanceof Fate.Succeeds;
        if (well) {
            // As a kubelet does: the container's end is reported first.
            reported.getStatus().setPhase("Succeeded");
            client.resource(reported).updateStatus();
        }
        return well;
    }

    private void finish(Job job, Set<Integer> succeeded, Set<Integer> failed) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        boolean well = failed.isEmpty();
        client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(job.getMetadata().getName())
                .editStatus(live -> {
                    if (!live.getMetadata().getUid().equals(job.getMetadata().getUid())) {
                        return live; // deleted meanwhile, and another of its name is there
                    }
                    var conditions = IntStream.range(0, 2)
                            .mapToObj(i -> new JobConditionBuilder()
                                    .withType(
                                            well
                                                    ? List.of("SuccessCriteriaMet", "Complete")
                                                            .get(i)
                                                    : List.of("FailureTarget", "Failed")
                                                            .get(i))
                                    .withStatus("True")
                                    .withReason(well ? "CompletionsReached" : "FailedIndexes")
                                    .withLastTransitionTime(now)
                                    .withLastProbeTime(now)
                                    .build())
                            .toList();
                    var status = live.getStatus() == null
                            ? new io.fabric8.kubernetes.api.model.batch.v1.JobStatus()
                            : live.getStatus();
                    status.setStartTime(now);
                    status.setCompletionTime(well ? now : null);
                    status.setSucceeded(succeeded.size());
                    status.setFailed(failed.isEmpty() ? null : failed.size());
                    status.setConditions(conditions);
                    if ("Indexed".equals(live.getSpec().getCompletionMode())) {
                        status.setCompletedIndexes(text(succeeded));
                        status.setFailedIndexes(text(failed));
                    }
                    live.setStatus(status);
                    return live;
                });
    }

    private static String text(Set<Integer> indices) {
        return indices.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        informer.close();
        worker.shutdownNow();
    }
}
