package dev.evomerge.operator.experiment;

import dev.evomerge.crds.ApiServer;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.operator.Settings;
import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.operator.metrics.ExperimentMetrics;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A namespace of a real API server, a folder as storage, and an operator that can be stopped and started. */
final class Bench implements AutoCloseable {

    static final Path EXAMPLE = Path.of("../examples/maths-ja").toAbsolutePath().normalize();
    private static final Path PERMISSIONS = Path.of("src/main/kubernetes/permissions.yaml");
    private static final String OPERATOR = "evomerge-operator";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final KubernetesClient client;
    final String namespace = "test-" + UUID.randomUUID().toString().substring(0, 8);
    private final Path folder;
    private final ApiServer server;
    private Operator operator;
    private KubernetesClient operatorClient;

    Bench(ApiServer server, Path folder) {
        this.server = server;
        this.client = server.client();
        this.folder = folder;
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
        client.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("default")
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    void startOperator() {
        var metrics = new SimpleMeterRegistry();
        operatorClient = asOperator();
        operator = new Operator(overrider -> overrider.withKubernetesClient(operatorClient));
        operator.register(
                new ExperimentReconciler(
                        operatorClient,
                        new TestSettings(),
                        Clock.systemUTC(),
                        new ExperimentMetrics(metrics, Clock.systemUTC()),
                        metrics),
                configuration -> configuration.settingNamespace(namespace));
        operator.start();
    }

    /** With the permissions that the chart grants, and no more. */
    private KubernetesClient asOperator() {
        var role = Serialization.unmarshal(read(PERMISSIONS), ClusterRole.class);
        client.resource(role).forceConflicts().serverSideApply();
        client.resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName("operator")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewRoleRef()
                        .withApiGroup("rbac.authorization.k8s.io")
                        .withKind("ClusterRole")
                        .withName(role.getMetadata().getName())
                        .endRoleRef()
                        .addNewSubject()
                        .withApiGroup("rbac.authorization.k8s.io")
                        .withKind("User")
                        .withName(OPERATOR)
                        .endSubject()
                        .build())
                .serverSideApply();
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(server.config())
                        .withImpersonateUsername(OPERATOR)
                        .build())
                .build();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void stopOperator() {
        if (operator != null) {
            operator.stop();
            operatorClient.close();
            operator = null;
        }
    }

    NodeStandIn node(NodeStandIn.Script script) {
        return new NodeStandIn(client, namespace, script);
    }

    String history() {
        return folder.resolve("history").toUri().toString().replaceFirst("^file:/+", "file:///");
    }

    /** Applies {@code experiment.yaml} of the test resources under a name, changed. */
    void apply(String name, Consumer<Map<String, Object>> change) throws IOException {
        String text = Files.readString(Path.of("src/test/resources/experiment.yaml"))
                .replace("EXAMPLE", EXAMPLE.toString())
                .replace("FOLDER", folder.toString());
        var manifest = Serialization.unmarshal(text, GenericKubernetesResource.class);
        manifest.getMetadata().setName(name);
        manifest.getMetadata().setNamespace(namespace);
        change.accept(object(manifest.getAdditionalProperties(), "spec"));
        client.resource(manifest).serverSideApply();
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> parent, String key) {
        return (Map<String, Object>) parent.get(key);
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Map<String, Object> parent, String key) {
        return (List<Map<String, Object>>) parent.get(key);
    }

    MergeExperiment experiment(String name) {
        return client.resources(MergeExperiment.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    MergeExperimentStatus awaitReason(String name, String reason) {
        return await(name, status -> Conditions.find(status.conditions(), "Ready")
                .filter(ready -> ready.getReason().equals(reason))
                .isPresent());
    }

    MergeExperimentStatus await(String name, Predicate<MergeExperimentStatus> state) {
        try {
            return org.awaitility.Awaitility.await(name)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> Observed.status(experiment(name)), status -> status != null && state.test(status));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(name + " came to " + Observed.status(experiment(name)), e);
        }
    }

    /** Changes an experiment by a merge patch. */
    void change(String name, String patch) {
        client.resources(MergeExperiment.class)
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    Job job(String name) {
        return client.batch().v1().jobs().inNamespace(namespace).withName(name).get();
    }

    MergeGeneration generation(String name) {
        return client.resources(MergeGeneration.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    /** Deletes an experiment and waits until it is gone. */
    void delete(String name) {
        var experiment =
                client.resources(MergeExperiment.class).inNamespace(namespace).withName(name);
        experiment.delete();
        experiment.waitUntilCondition(Objects::isNull, PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** What Kueue does to a Job: takes its place in the queue back, or gives it one. */
    void suspendJob(String name, boolean suspend) {
        client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspend\":" + suspend + "}}");
    }

    /** Lets every Job start that waits, until the experiment has ended, as a queue does. */
    void admitAll(String experiment) {
        org.awaitility.Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    client.batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
                            .filter(job -> job.getMetadata().getLabels().containsKey(Labels.QUEUE)
                                    && Boolean.TRUE.equals(job.getSpec().getSuspend()))
                            .forEach(job -> client.resource(job)
                                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspend\":false}}"));
                    return Observed.ended(experiment(experiment));
                });
    }

    @Override
    public void close() {
        stopOperator();
        client.namespaces().withName(namespace).delete();
        client.close();
    }

    private record TestSettings() implements Settings {
        @Override
        public String evaluatorImage() {
            return "evaluator:test";
        }

        @Override
        public boolean leaderElection() {
            return false;
        }

        @Override
        public String leaseName() {
            return "evomerge";
        }

        @Override
        public boolean allowFileUris() {
            return true;
        }
    }
}
