package dev.evomerge.e2e;

import static java.util.Objects.requireNonNull;

import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The cluster that {@code ./verify} has prepared: the operator in {@value #SYSTEM}; an S3 server with the example's models and questions in
 * {@value #NAMESPACE}. Resources are read untyped, as any client of the API sees them.
 */
final class Trial implements AutoCloseable {

    static final String NAMESPACE = "evomerge-trial";
    static final String SYSTEM = "evomerge-system";
    private static final String API = "evomerge.dev/v1alpha1";

    private final KubernetesClient kubernetes = new KubernetesClientBuilder().build();

    KubernetesClient kubernetes() {
        return kubernetes;
    }

    /** How to reach the trial's bucket from this machine: the Secret's credentials, the Service's address. */
    StorageAccess bucketAccess() {
        var settings = new HashMap<String, String>();
        secret().forEach((key, value) ->
                settings.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        var service = kubernetes.services().inNamespace(NAMESPACE).withName("s3").require();
        settings.put("AWS_ENDPOINT_URL", "http://" + service.getSpec().getClusterIP() + ":7070");
        return new StorageAccess(settings);
    }

    Storage bucket(String folder) throws IOException {
        return Storages.open(StorageUri.parse("s3://evomerge/" + folder), bucketAccess());
    }

    /** The example's manifest under another name, with an output of its own, and changed as the test needs. */
    GenericKubernetesResource example(String name, Consumer<Map<String, Object>> changeSpec) {
        var manifest = Serialization.unmarshal(readExample(), GenericKubernetesResource.class);
        manifest.getMetadata().setName(name);
        Map<String, Object> spec = Json.object(manifest.getAdditionalProperties(), "spec");
        Json.object(spec, "output").put("uri", "s3://evomerge/e2e/" + name);
        changeSpec.accept(spec);
        return manifest;
    }

    private static String readExample() {
        try {
            return Files.readString(Path.of("../examples/maths-ja/experiment.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Resource<GenericKubernetesResource> experiment(String name) {
        return resources("MergeExperiment").withName(name);
    }

    NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> resources(String kind) {
        return kubernetes.genericKubernetesResources(API, kind).inNamespace(NAMESPACE);
    }

    void apply(GenericKubernetesResource experiment) {
        kubernetes.resource(experiment).inNamespace(NAMESPACE).serverSideApply();
    }

    /** Waits for the experiment to be as described, and fails early if it has failed for good. */
    GenericKubernetesResource await(String name, Duration limit, Predicate<GenericKubernetesResource> state) {
        return experiment(name)
                .waitUntilCondition(
                        experiment -> experiment != null && (state.test(experiment) || failed(experiment)),
                        limit.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    GenericKubernetesResource awaitSucceeded(String name, Duration limit) {
        var experiment = await(name, limit, Trial::succeeded);
        if (!succeeded(experiment)) {
            throw new AssertionError(name + " failed: " + experiment.getAdditionalProperties().get("status"));
        }
        return experiment;
    }

    static boolean succeeded(GenericKubernetesResource experiment) {
        return "True".equals(condition(experiment, "Succeeded").get("status"));
    }

    static boolean failed(GenericKubernetesResource experiment) {
        return "False".equals(condition(experiment, "Succeeded").get("status"))
                && "True".equals(condition(experiment, "Stalled").get("status"));
    }

    /** A condition of the resource, or an empty map if it has none of this type. */
    static Map<String, Object> condition(GenericKubernetesResource resource, String type) {
        List<Map<String, Object>> conditions = resource.get("status", "conditions");
        return conditions == null
                ? Map.of()
                : conditions.stream()
                        .filter(condition -> type.equals(condition.get("type")))
                        .findFirst()
                        .orElse(Map.of());
    }

    /** The evaluator pods of an experiment's batch, as {@code g0002}. */
    List<Pod> evaluators(String experiment, String batch) {
        return kubernetes
                .pods()
                .inNamespace(NAMESPACE)
                .withLabel("batch.kubernetes.io/job-name", experiment + "-" + batch)
                .list()
                .getItems();
    }

    void delete(String name) {
        experiment(name).delete();
    }

    private Map<String, String> secret() {
        return requireNonNull(
                kubernetes.secrets().inNamespace(NAMESPACE).withName("s3").require().getData());
    }

    @Override
    public void close() {
        kubernetes.close();
    }
}
