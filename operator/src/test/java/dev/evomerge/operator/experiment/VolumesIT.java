package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.operator.condition.Conditions;
import dev.evomerge.storage.StorageAccess;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Models on a claim and in an image, the result on another claim: on a real API server, which keeps pods to PodSecurity <i>restricted</i>. The
 * volumes are folders that only the stand-in for pods is told of.
 */
class VolumesIT extends OnApiServer {

    private static final String POINT = "/var/run/evomerge/volumes/";
    private static final Map<String, Object> GPU = Map.of("nvidia.com/gpu", "1");

    private Path volumes;

    /** The Jobs as they were made, by batch. */
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();

    @BeforeEach
    void mountVolumes() throws IOException {
        volumes = folder.resolve("volumes");
        mount("maths", "pvc/models/maths-7b");
        mount("base", "oci/registry.example=5000/models/base=1.0/model");
        Files.createDirectories(volumes.resolve("pvc/results"));
        bench.client.namespaces().withName(bench.namespace).edit(namespace -> {
            namespace.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", "restricted");
            return namespace;
        });
    }

    private void mount(String model, String place) throws IOException {
        Path folder = volumes.resolve(place);
        Files.createDirectories(folder.getParent());
        Files.createSymbolicLink(folder, Bench.EXAMPLE.resolve("models").resolve(model));
    }

    @Test
    void aPodWithoutGpuLooksFirstAndNothingStartsBeforeItFindsAllWell() throws IOException {
        bench.startOperator();
        try (var node = bench.node(this::fate)) {
            bench.apply("volumes", this::onVolumes);

            var refused = bench.awaitReason("volumes", "ModelCannotBeRead");

            assertThat(Conditions.find(refused.conditions(), "Ready")
                            .orElseThrow()
                            .getMessage())
                    .contains("japanese: found pvc://models/japanese-7b/config.json: not found");
            assertThat(refused.state()).isEqualTo(MergeExperimentStatus.State.Stalled);
            assertThat(jobs).containsOnlyKeys(Labels.INSPECTION);
            assertThat(container(Labels.INSPECTION).getResources().getLimits()).doesNotContainKey("nvidia.com/gpu");

            mount("japanese", "pvc/models/japanese-7b");
            // What is changed is tried at once; else it is looked at again later and later.
            bench.change("volumes", "{\"spec\":{\"evaluation\":{\"parallelism\":1}}}");
            var done = bench.awaitReason("volumes", "Completed");

            assertThat(done.winner().uri()).isEqualTo("pvc://results/winner");
            assertThat(volumes.resolve("pvc/results/winner/mergekit_config.yml"))
                    .isNotEmptyFile();
            assertThat(container("g0000").getResources().getLimits())
                    .containsEntry("nvidia.com/gpu", new Quantity("1"));
        }
        assertThat(mounts("g0000"))
                .containsExactlyInAnyOrder("pvc/models read", "oci/registry.example=5000/models/base=1.0 read");
        for (String batch : List.of(Labels.INSPECTION, Labels.EXPORT)) {
            assertThat(mounts(batch))
                    .as(batch)
                    .containsExactlyInAnyOrder(
                            "pvc/models read", "oci/registry.example=5000/models/base=1.0 read", "pvc/results write");
            assertThat(pod(batch).getSecurityContext().getFsGroup()).isEqualTo(10001);
        }
        assertThat(pod("g0000").getVolumes().stream()
                        .map(volume -> volume.getImage())
                        .filter(image -> image != null))
                .singleElement()
                .extracting("reference")
                .isEqualTo("registry.example:5000/models/base:1.0");
        assertThat(container("g0000").getEnv())
                .contains(new EnvVar(StorageAccess.VOLUMES, "/var/run/evomerge/volumes", null));
    }

    @Test
    void aConversationThatAModelOnAVolumeCannotWriteIsRefusedToo() throws IOException {
        mount("japanese", "pvc/models/japanese-7b");
        bench.startOperator();
        try (var node = bench.node(this::fate)) {
            bench.apply("volumes", spec -> {
                onVolumes(spec);
                Bench.list(Bench.object(spec, "evaluation"), "tasks").getFirst().put("chat", Map.of());
            });

            var refused = bench.awaitReason("volumes", "ChatTemplateInvalid");

            assertThat(Conditions.find(refused.conditions(), "Ready")
                            .orElseThrow()
                            .getMessage())
                    .contains("oci://registry.example:5000/models/base:1.0/model: no chat template");
            assertThat(jobs).containsOnlyKeys(Labels.INSPECTION);
        }
    }

    private void onVolumes(Map<String, Object> spec) {
        List<Map<String, Object>> models = Bench.list(spec, "models");
        models.get(0).put("uri", "pvc://models/maths-7b");
        models.get(1).put("uri", "pvc://models/japanese-7b");
        Bench.object(spec, "base").put("uri", "oci://registry.example:5000/models/base:1.0/model");
        Bench.object(spec, "output").put("uri", "pvc://results/winner");
        Bench.object(spec, "evaluation").put("template", Map.of("resources", Map.of("limits", GPU, "requests", GPU)));
    }

    private NodeStandIn.Fate fate(String batch, String manifest, int shard, int attempt) throws IOException {
        jobs.put(batch, bench.job("volumes-" + batch));
        return switch (batch) {
            case Labels.INSPECTION -> {
                EvaluatorStandIn.inspect(manifest, volumes);
                yield new NodeStandIn.Fate.Succeeds(Optional.empty());
            }
            case Labels.EXPORT ->
                new NodeStandIn.Fate.Succeeds(
                        EvaluatorStandIn.export(manifest, uri -> volumes.resolve(uri.replace("://", "/"))));
            default -> new NodeStandIn.Fate.Succeeds(EvaluatorStandIn.evaluate(manifest, shard));
        };
    }

    private PodSpec pod(String batch) {
        return jobs.get(batch).getSpec().getTemplate().getSpec();
    }

    private io.fabric8.kubernetes.api.model.Container container(String batch) {
        return pod(batch).getContainers().getFirst();
    }

    private List<String> mounts(String batch) {
        return container(batch).getVolumeMounts().stream()
                .filter(mount -> mount.getMountPath().startsWith(POINT))
                .map(VolumesIT::text)
                .toList();
    }

    private static String text(VolumeMount mount) {
        return mount.getMountPath().substring(POINT.length())
                + (Boolean.TRUE.equals(mount.getReadOnly()) ? " read" : " write");
    }
}
