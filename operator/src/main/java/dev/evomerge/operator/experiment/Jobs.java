package dev.evomerge.operator.experiment;

import dev.evomerge.contract.ExitCode;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.PodTemplate;
import dev.evomerge.experiment.archive.StoredExport;
import dev.evomerge.experiment.archive.StoredInspection;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.storage.StorageAccess;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** The Jobs of an experiment. */
final class Jobs {

    static final String CONTAINER = "evaluator";

    /** How often an index is tried again; disruptions do not count. */
    private static final int RETRIES = 2;

    private static final String CACHE = "models";
    private static final String CACHE_PATH = "/var/cache/evomerge";
    private static final String CREDENTIALS = "credentials";
    private static final String CREDENTIALS_PATH = "/var/run/evomerge/credentials";

    /** That of the evaluator's image. */
    private static final long GROUP = 10001;

    private final String defaultImage;

    /** @param defaultImage the evaluator image where a spec names none */
    Jobs(String defaultImage) {
        this.defaultImage = defaultImage;
    }

    /** The Job of a batch: an index per shard. */
    Job evaluation(MergeExperiment experiment, StoredManifest stored) {
        int shards = stored.manifest().shards();
        var job = job(experiment, stored.manifest().batch(), "evaluate", stored.uri(), stored.sha256());
        job.getSpec().setCompletions(shards);
        job.getSpec().setParallelism(parallelism(experiment, shards));
        job.getSpec().setCompletionMode("Indexed");
        job.getSpec().setBackoffLimitPerIndex(RETRIES);
        job.getSpec().setPodFailurePolicy(failurePolicy("FailIndex"));
        return job;
    }

    /**
     * The Job that writes a model.
     *
     * @param pick the candidate that the user has picked; empty for the search's own pick
     */
    Job export(MergeExperiment experiment, Optional<String> pick, StoredExport stored) {
        var job = job(experiment, Labels.export(pick), "export", stored.uri(), stored.sha256());
        job.getSpec().setCompletions(1);
        job.getSpec().setParallelism(1);
        job.getSpec().setBackoffLimit(RETRIES);
        job.getSpec().setPodFailurePolicy(failurePolicy("FailJob"));
        return job;
    }

    /** The Job of a pod that looks at volumes, by the evaluator that comes with the operator: it computes nothing, and has no GPU and no queue. */
    Job inspection(MergeExperiment experiment, StoredInspection stored) {
        var job = job(experiment, Labels.INSPECTION, "inspect", stored.uri(), stored.sha256());
        job.getMetadata().getLabels().remove(Labels.QUEUE);
        job.getSpec().setSuspend(false);
        job.getSpec().setCompletions(1);
        job.getSpec().setParallelism(1);
        job.getSpec().setBackoffLimit(RETRIES);
        job.getSpec().setPodFailurePolicy(failurePolicy("FailJob"));
        var pod = job.getSpec().getTemplate().getSpec();
        pod.setRuntimeClassName(null);
        var container = pod.getContainers().getFirst();
        container.setImage(defaultImage);
        container.setResources(new ResourceRequirementsBuilder()
                .addToRequests("cpu", new Quantity("100m"))
                .addToRequests("memory", new Quantity("512Mi"))
                .addToLimits("memory", new Quantity("1Gi"))
                .build());
        return job;
    }

    static int parallelism(MergeExperiment experiment, int shards) {
        Integer wanted = experiment.getSpec().evaluation().parallelism();
        return Math.min(shards, wanted == null ? 1 : wanted);
    }

    private Job job(MergeExperiment experiment, String batch, String mode, String manifest, String sha256) {
        var spec = experiment.getSpec();
        String name = experiment.getMetadata().getName();
        var labels = Labels.of(name, batch);
        // A queue controller resumes what it admits; nobody else would.
        boolean queued = spec.queueName() != null;
        if (queued) {
            labels.put(Labels.QUEUE, spec.queueName());
        }
        return new JobBuilder()
                .withNewMetadata()
                .withName(name + "-" + batch)
                .withNamespace(experiment.getMetadata().getNamespace())
                .withLabels(labels)
                .addToAnnotations(
                        Labels.GENERATION,
                        String.valueOf(experiment.getMetadata().getGeneration()))
                .withOwnerReferences(owner(experiment))
                .endMetadata()
                .withNewSpec()
                .withSuspend(queued)
                .withActiveDeadlineSeconds(Manifests.timeout(spec).toSeconds())
                .withTemplate(template(experiment, batch, mode, manifest, sha256))
                .endSpec()
                .build();
    }

    static OwnerReference owner(MergeExperiment experiment) {
        return new OwnerReferenceBuilder()
                .withApiVersion(experiment.getApiVersion())
                .withKind(experiment.getKind())
                .withName(experiment.getMetadata().getName())
                .withUid(experiment.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /** A disruption is no failure; and what the evaluator refuses once it refuses again. */
    private static io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy failurePolicy(String onRefusal) {
        return new PodFailurePolicyBuilder()
                .addNewRule()
                .withAction("Ignore")
                .addNewOnPodCondition()
                .withType("DisruptionTarget")
                .withStatus("True")
                .endOnPodCondition()
                .endRule()
                .addNewRule()
                .withAction(onRefusal)
                .withNewOnExitCodes()
                .withContainerName(CONTAINER)
                .withOperator("In")
                .withValues(ExitCode.INVALID)
                .endOnExitCodes()
                .endRule()
                .build();
    }

    private PodTemplateSpec template(
            MergeExperiment experiment, String batch, String mode, String manifest, String sha256) {
        var wanted = Optional.ofNullable(experiment.getSpec().evaluation().template())
                .orElse(PodTemplate.EMPTY);
        var labels = new TreeMap<>(wanted.labels());
        labels.putAll(Labels.of(experiment.getMetadata().getName(), batch));
        var template = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(labels)
                .withAnnotations(wanted.annotations())
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withServiceAccountName(wanted.serviceAccountName())
                .withPriorityClassName(wanted.priorityClassName())
                .withRuntimeClassName(wanted.runtimeClassName())
                .withNodeSelector(wanted.nodeSelector())
                .withTolerations(wanted.tolerations().stream()
                        .map(toleration -> new TolerationBuilder()
                                .withKey(toleration.key())
                                .withOperator(text(toleration.operator()))
                                .withValue(toleration.value())
                                .withEffect(text(toleration.effect()))
                                .withTolerationSeconds(toleration.tolerationSeconds())
                                .build())
                        .toList())
                .withImagePullSecrets(wanted.imagePullSecrets().stream()
                        .map(LocalObjectReference::new)
                        .toList())
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(Optional.ofNullable(wanted.image()).orElse(defaultImage))
                .withImagePullPolicy(text(wanted.imagePullPolicy()))
                .withEnv(environment(wanted, mode, manifest, sha256))
                .withEnvFrom(secret(experiment))
                .withResources(
                        wanted.resources() == null
                                ? null
                                : new ResourceRequirementsBuilder()
                                        .withRequests(wanted.resources().requests())
                                        .withLimits(wanted.resources().limits())
                                        .build())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .addNewVolumeMount()
                .withName("tmp")
                .withMountPath("/tmp")
                .endVolumeMount()
                .endContainer()
                .addNewVolume()
                .withName("tmp")
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .endSpec()
                .build();
        Optional.ofNullable(experiment.getSpec().storage().secretName())
                .ifPresent(secret -> mountCredentials(template.getSpec(), secret));
        if (wanted.modelCache() != null) {
            mountCache(template.getSpec(), wanted.modelCache());
        }
        new Volumes(experiment.getSpec(), !mode.equals("evaluate")).mount(template.getSpec());
        return template;
    }

    /** A volume's files belong to the evaluators' group, since they are not root; of volumes without owners their maker must see to that. */
    static void ownedByGroup(PodSpec pod) {
        pod.getSecurityContext().setFsGroup(GROUP);
        pod.getSecurityContext().setFsGroupChangePolicy("OnRootMismatch");
    }

    private static void mountCache(PodSpec pod, PodTemplate.ModelCache cache) {
        ownedByGroup(pod);
        pod.getVolumes()
                .add(new VolumeBuilder()
                        .withName(CACHE)
                        .withNewPersistentVolumeClaim(cache.claimName(), false)
                        .build());
        var container = pod.getContainers().getFirst();
        container
                .getVolumeMounts()
                .add(new VolumeMountBuilder()
                        .withName(CACHE)
                        .withMountPath(CACHE_PATH)
                        .build());
        container.getEnv().add(new EnvVar("EVOMERGE_MODEL_CACHE", CACHE_PATH, null));
    }

    /** Beside the environment, which stays as it was at a pod's start: for pods that outlive temporary credentials. */
    private static void mountCredentials(PodSpec pod, String secret) {
        pod.getVolumes()
                .add(new VolumeBuilder()
                        .withName(CREDENTIALS)
                        .withNewSecret()
                        .withSecretName(secret)
                        // Where it is missing the environment says so.
                        .withOptional(true)
                        .endSecret()
                        .build());
        var container = pod.getContainers().getFirst();
        container
                .getVolumeMounts()
                .add(new VolumeMountBuilder()
                        .withName(CREDENTIALS)
                        .withMountPath(CREDENTIALS_PATH)
                        .withReadOnly(true)
                        .build());
        container.getEnv().add(new EnvVar(StorageAccess.CREDENTIALS, CREDENTIALS_PATH, null));
    }

    private static List<EnvVar> environment(PodTemplate wanted, String mode, String manifest, String sha256) {
        var variables = new ArrayList<EnvVar>();
        variables.add(new EnvVar("EVOMERGE_MODE", mode, null));
        variables.add(new EnvVar("EVOMERGE_MANIFEST", manifest, null));
        variables.add(new EnvVar("EVOMERGE_MANIFEST_SHA256", sha256, null));
        wanted.env().forEach(variable -> {
            var builder = new EnvVarBuilder().withName(variable.name()).withValue(variable.value());
            if (variable.secretKeyRef() != null) {
                builder.withNewValueFrom()
                        .withNewSecretKeyRef(
                                variable.secretKeyRef().key(),
                                variable.secretKeyRef().name(),
                                null)
                        .endValueFrom();
            }
            variables.add(builder.build());
        });
        return variables;
    }

    private static List<io.fabric8.kubernetes.api.model.EnvFromSource> secret(MergeExperiment experiment) {
        String name = experiment.getSpec().storage().secretName();
        return name == null
                ? List.of()
                : List.of(new io.fabric8.kubernetes.api.model.EnvFromSourceBuilder()
                        .withNewSecretRef()
                        .withName(name)
                        .endSecretRef()
                        .build());
    }

    private static String text(Enum<?> value) {
        return value == null ? null : value.name();
    }

    /** Whether a Job was made for the generation that the experiment has now. */
    static boolean isCurrent(Job job, MergeExperiment experiment) {
        return Objects.equals(
                Map.copyOf(job.getMetadata().getAnnotations()).get(Labels.GENERATION),
                String.valueOf(experiment.getMetadata().getGeneration()));
    }
}
