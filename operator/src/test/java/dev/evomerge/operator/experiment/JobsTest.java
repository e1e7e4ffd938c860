package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.archive.StoredExport;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What users ask for in a template is what pods get. */
class JobsTest {

    private static final String EXPERIMENT = """
            apiVersion: evomerge.dev/v1alpha1
            kind: MergeExperiment
            metadata: {name: example, namespace: team, uid: uid, generation: 1}
            spec:
              queueName: research
              models: [{name: maths, uri: "s3://models/maths"}, {name: japanese, uri: "s3://models/japanese"}]
              output: {uri: "s3://results/model"}
              storage: {uri: "s3://results/history", secretName: store}
              evaluation:
                timeout: 90m
                template:
                  image: evaluator:2
                  priorityClassName: low
                  runtimeClassName: nvidia
                  serviceAccountName: reader
                  nodeSelector: {accelerator: h100}
                  tolerations: [{key: spot, operator: Exists, effect: NoSchedule}]
                  imagePullSecrets: [registry]
                  resources: {limits: {nvidia.com/gpu: "1"}}
                  env: [{name: OMP_NUM_THREADS, value: "2"}]
                  labels: {team: merging}
                  annotations: {kueue.x-k8s.io/podset-preferred-topology: rack}
                  modelCache: {claimName: models}
            """;

    private final Job job = new Jobs("evaluator:1")
            .export(
                    Serialization.unmarshal(EXPERIMENT, MergeExperiment.class),
                    Optional.empty(),
                    new StoredExport(null, "s3://results/history/export/manifest.json", "d".repeat(64)));

    @Test
    void aJobWaitsForItsQueue() {
        assertThat(job.getMetadata().getLabels()).containsEntry("kueue.x-k8s.io/queue-name", "research");
        assertThat(job.getSpec().getSuspend()).isTrue();
        assertThat(job.getSpec().getActiveDeadlineSeconds()).isEqualTo(90 * 60);
    }

    @Test
    void podsGetAllOfTheTemplate() {
        var pod = job.getSpec().getTemplate();
        assertThat(pod.getMetadata().getLabels()).containsEntry("team", "merging");
        assertThat(pod.getMetadata().getAnnotations())
                .containsEntry("kueue.x-k8s.io/podset-preferred-topology", "rack");
        var spec = pod.getSpec();
        assertThat(spec.getPriorityClassName()).isEqualTo("low");
        assertThat(spec.getRuntimeClassName()).isEqualTo("nvidia");
        assertThat(spec.getServiceAccountName()).isEqualTo("reader");
        assertThat(spec.getNodeSelector()).containsEntry("accelerator", "h100");
        assertThat(spec.getTolerations())
                .containsExactly(new TolerationBuilder()
                        .withKey("spot")
                        .withOperator("Exists")
                        .withEffect("NoSchedule")
                        .build());
        assertThat(spec.getImagePullSecrets())
                .singleElement()
                .extracting("name")
                .isEqualTo("registry");
        var container = spec.getContainers().getFirst();
        assertThat(container.getImage()).isEqualTo("evaluator:2");
        assertThat(container.getResources().getLimits()).isEqualTo(Map.of("nvidia.com/gpu", new Quantity("1")));
        assertThat(container.getEnv()).contains(new EnvVar("OMP_NUM_THREADS", "2", null));
        assertThat(container.getEnvFrom().getFirst().getSecretRef().getName()).isEqualTo("store");
    }

    @Test
    void theSecretIsMountedBesideTheEnvironmentSinceThatDoesNotFollowIt() {
        var spec = job.getSpec().getTemplate().getSpec();
        var volume = spec.getVolumes().stream()
                .filter(one -> one.getSecret() != null)
                .findFirst()
                .orElseThrow();
        assertThat(volume.getSecret().getSecretName()).isEqualTo("store");
        var container = spec.getContainers().getFirst();
        var mount = container.getVolumeMounts().stream()
                .filter(one -> one.getName().equals(volume.getName()))
                .findFirst()
                .orElseThrow();
        assertThat(mount.getReadOnly()).isTrue();
        assertThat(container.getEnv()).contains(new EnvVar("EVOMERGE_CREDENTIALS", mount.getMountPath(), null));
    }

    @Test
    void theModelCacheIsMountedForAGroupThatIsNotRoot() {
        var spec = job.getSpec().getTemplate().getSpec();
        assertThat(spec.getSecurityContext().getFsGroup()).isEqualTo(10001);
        assertThat(spec.getSecurityContext().getRunAsNonRoot()).isTrue();
        var volume = spec.getVolumes().getLast();
        assertThat(volume.getPersistentVolumeClaim().getClaimName()).isEqualTo("models");
        var container = spec.getContainers().getFirst();
        var mount = container.getVolumeMounts().getLast();
        assertThat(mount.getName()).isEqualTo(volume.getName());
        assertThat(container.getEnv()).contains(new EnvVar("EVOMERGE_MODEL_CACHE", mount.getMountPath(), null));
    }
}
