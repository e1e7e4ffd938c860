package dev.evomerge.e2e;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus.State;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * The cluster that {@code ./verify} has prepared: the operator in {@value #SYSTEM}; an S3 server with the example's models and questions in
 * {@value #NAMESPACE}.
 */
final class Trial implements AutoCloseable {

    static final String NAMESPACE = "evomerge-trial";
    static final String SYSTEM = "evomerge-system";
    static final Path EXAMPLE = Path.of("../examples/maths-ja");

    private final KubernetesClient kubernetes = new KubernetesClientBuilder().build();

    KubernetesClient kubernetes() {
        return kubernetes;
    }

    /** A folder in the trial's bucket, reached by the Secret's credentials and the Service's address. */
    Storage bucket(String folder) throws IOException {
        var settings = new HashMap<String, String>();
        kubernetes
                .secrets()
                .inNamespace(NAMESPACE)
                .withName("s3")
                .require()
                .getData()
                .forEach((key, value) ->
                        settings.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        var service =
                kubernetes.services().inNamespace(NAMESPACE).withName("s3").require();
        settings.put("AWS_ENDPOINT_URL", "http://" + service.getSpec().getClusterIP() + ":7070");
        return Storages.open(StorageUri.parse("s3://evomerge/" + folder), new StorageAccess(settings));
    }

    /** Copies a folder of the trial's bucket to this machine. */
    void download(String folder, Path to) throws IOException {
        try (Storage bucket = bucket(folder)) {
            for (Storage.Entry entry : bucket.list("")) {
                Path file = to.resolve(entry.path());
                Files.createDirectories(file.getParent());
                Files.write(file, bucket.read(entry.path()));
            }
        }
    }

    /** What a finalist of an experiment has answered right of the test questions, one character per question, from its history. */
    String testOutcomes(String candidate, String experiment) throws IOException {
        try (Storage history = bucket("history/" + NAMESPACE + "/" + experiment)) {
            String path = history.list("").stream()
                    .map(Storage.Entry::path)
                    .filter(name -> name.endsWith("/results/" + candidate + ".json"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new StorageException("no result of " + candidate));
            return ContractJson.read(history.read(path), CandidateResult.class, path)
                    .tasks()
                    .get("multiplication/test")
                    .outcomes();
        }
    }

    /** How a candidate of an experiment is made, from its history. */
    Recipe recipe(String candidate, String experiment) throws IOException {
        try (Storage history = bucket("history/" + NAMESPACE + "/" + experiment)) {
            for (Storage.Entry entry : history.list("")) {
                if (entry.path().matches(".*/g\\d+/manifest\\.json")) {
                    var manifest = ContractJson.read(history.read(entry.path()), CandidateManifest.class, entry.path());
                    for (CandidateSpec known : manifest.candidates()) {
                        if (known.id().equals(candidate)) {
                            return known.recipe();
                        }
                    }
                }
            }
            throw new StorageException("no manifest of " + experiment + " has the candidate " + candidate);
        }
    }

    /** Changes fields of an experiment's spec, as a user would by {@code kubectl edit}. */
    void change(String name, Consumer<Map<String, Object>> changeSpec) {
        kubernetes
                .genericKubernetesResources("evomerge.dev/v1alpha1", "MergeExperiment")
                .inNamespace(NAMESPACE)
                .withName(name)
                .edit(experiment -> {
                    changeSpec.accept(Yaml.object(experiment.getAdditionalProperties(), "spec"));
                    return experiment;
                });
    }

    /**
     * Applies the example's manifest under another name, with an output of its own, and changed as the test needs.
     *
     * @return what the API server made of it
     */
    GenericKubernetesResource apply(String name, Consumer<Map<String, Object>> changeSpec) {
        var manifest = Serialization.unmarshal(example(), GenericKubernetesResource.class);
        manifest.getMetadata().setName(name);
        Map<String, Object> spec = Yaml.object(manifest.getAdditionalProperties(), "spec");
        Yaml.object(spec, "output").put("uri", "s3://evomerge/e2e/" + name);
        changeSpec.accept(spec);
        return kubernetes.resource(manifest).inNamespace(NAMESPACE).serverSideApply();
    }

    private static String example() {
        try {
            return Files.readString(EXAMPLE.resolve("experiment.yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Resource<MergeExperiment> experiment(String name) {
        return kubernetes
                .resources(MergeExperiment.class)
                .inNamespace(NAMESPACE)
                .withName(name);
    }

    List<MergeGeneration> generations(String name) {
        return kubernetes.resources(MergeGeneration.class).inNamespace(NAMESPACE).list().getItems().stream()
                .filter(generation -> generation.getSpec().experiment().equals(name))
                .toList();
    }

    MergeExperiment await(String name, Duration limit, Predicate<MergeExperiment> state) {
        return experiment(name)
                .waitUntilCondition(
                        experiment -> experiment != null && experiment.getStatus() != null && state.test(experiment),
                        limit.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    MergeExperiment awaitSucceeded(String name, Duration limit) {
        var ended =
                await(name, limit, experiment -> switch (experiment.getStatus().state()) {
                    case Succeeded, Failed -> true;
                    case null, default -> false;
                });
        if (ended.getStatus().state() != State.Succeeded) {
            throw new AssertionError(name + ": " + ended.getStatus().conditions());
        }
        return ended;
    }

    /** Waits until a condition has the reason, and returns it. */
    Condition awaitReason(String name, String type, String reason, Duration limit) {
        return condition(
                await(name, limit, experiment -> {
                    var condition = condition(experiment, type);
                    return condition != null && condition.getReason().equals(reason);
                }),
                type);
    }

    private static Condition condition(MergeExperiment experiment, String type) {
        return experiment.getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElse(null);
    }

    /** Waits until an evaluator pod of the batch runs. */
    PodResource awaitRunningEvaluator(String name, String batch) {
        Pod pod = Awaitility.await("an evaluator of " + name + "-" + batch + " runs")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> running(name, batch), Optional::isPresent)
                .orElseThrow();
        return kubernetes.pods().resource(pod);
    }

    private Optional<Pod> running(String name, String batch) {
        return kubernetes
                .pods()
                .inNamespace(NAMESPACE)
                .withLabel("batch.kubernetes.io/job-name", name + "-" + batch)
                .list()
                .getItems()
                .stream()
                .filter(Trial::runs)
                .findFirst();
    }

    void awaitNoRunningEvaluator(String name, String batch, Duration limit) {
        Awaitility.await("no evaluator of " + name + "-" + batch + " runs")
                .atMost(limit)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> running(name, batch).isEmpty());
    }

    void suspend(String name, boolean suspend) {
        change(name, spec -> spec.put("suspend", suspend));
    }

    /** Installs {@code previous} or {@code current}: the chart of the version before, or this one's. */
    void release(String version) {
        Shell.run(Path.of("../charts/test/release"), version);
    }

    /** Makes a PersistentVolumeClaim that is a folder of this machine, which anybody may write to. */
    void claim(String name, Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        kubernetes
                .resource(new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withCapacity(Map.of("storage", Quantity.parse("1Gi")))
                        .withAccessModes("ReadWriteMany")
                        .withPersistentVolumeReclaimPolicy("Retain")
                        .withStorageClassName("")
                        .withNewHostPath()
                        .withPath(folder.toAbsolutePath().toString())
                        .endHostPath()
                        .endSpec()
                        .build())
                .serverSideApply();
        kubernetes
                .resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(NAMESPACE)
                        .endMetadata()
                        .withNewSpec()
                        .withAccessModes("ReadWriteMany")
                        .withStorageClassName("")
                        .withVolumeName(name)
                        .withNewResources()
                        .withRequests(Map.of("storage", Quantity.parse("1Gi")))
                        .endResources()
                        .endSpec()
                        .build())
                .serverSideApply();
    }

    /** Puts a folder into the node as an image of its files. */
    void image(String tag, Path folder) {
        Shell.run(
                Path.of("../e2e/cluster/images"),
                "files",
                tag,
                folder.toAbsolutePath().toString());
    }

    /** Kills the operator with SIGKILL, as a node's failure would. */
    void killOperator() {
        var operator =
                kubernetes
                        .pods()
                        .inNamespace(SYSTEM)
                        .withLabel("app.kubernetes.io/name", "evomerge")
                        .list()
                        .getItems()
                        .stream()
                        .filter(Trial::runs)
                        .findFirst()
                        .orElseThrow();
        Shell.run(Path.of("../e2e/cluster/node"), "kill", operator.getMetadata().getName(), SYSTEM);
    }

    private static boolean runs(Pod pod) {
        return pod != null
                && pod.getStatus() != null
                && "Running".equals(pod.getStatus().getPhase())
                && pod.getMetadata().getDeletionTimestamp() == null;
    }

    @Override
    public void close() {
        kubernetes.close();
    }
}
