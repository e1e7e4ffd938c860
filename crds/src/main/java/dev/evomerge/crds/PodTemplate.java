package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;

/** The part of a pod template that users may set; the rest (security, command, restarts) is the operator's. */
public record PodTemplate(
        @JsonPropertyDescription("The evaluator image. Left out: the one that the operator is installed with.")
        @Size(min = 1, max = 512)
        String image,

        @JsonPropertyDescription("When the image is pulled. Left out: as Kubernetes does.")
        ImagePullPolicy imagePullPolicy,

        @JsonPropertyDescription("Secrets with credentials for the image's registry.") @Size(max = 8)
        List<@Size(min = 1, max = 253) String> imagePullSecrets,

        @JsonPropertyDescription("CPU, memory and GPUs of a pod.")
        Resources resources,

        @JsonPropertyDescription("More environment variables.") @Size(max = 32)
        List<EnvVar> env,

        @JsonPropertyDescription("Labels that a node must have.") @Size(max = 16)
        Map<String, @Size(max = 63) String> nodeSelector,

        @JsonPropertyDescription("Taints that pods tolerate.") @Size(max = 16)
        List<Toleration> tolerations,

        @JsonPropertyDescription("The priority class of pods.") @Size(min = 1, max = 253)
        String priorityClassName,

        @JsonPropertyDescription("The runtime class of pods.") @Size(min = 1, max = 253)
        String runtimeClassName,

        @JsonPropertyDescription(
                "The service account of pods, for workload identity. Its Kubernetes token is not mounted. Left out: default.")
        @Size(min = 1, max = 253)
        String serviceAccountName,

        @JsonPropertyDescription("More labels of pods.") @Size(max = 16)
        Map<String, @Size(max = 63) String> labels,

        @JsonPropertyDescription("More annotations of pods.") @Size(max = 16)
        Map<String, @Size(max = 1024) String> annotations,

        @JsonPropertyDescription(
                "Keeps the models that pods have read, so that those of the next generation find them at hand. Left out: every pod reads them from their stores.")
        ModelCache modelCache) {

    /** A template that leaves everything to the operator. */
    public static final PodTemplate EMPTY =
            new PodTemplate(null, null, null, null, null, null, null, null, null, null, null, null, null);

    public PodTemplate {
        imagePullSecrets = Lists.copy(imagePullSecrets);
        env = Lists.copy(env);
        nodeSelector = Lists.copy(nodeSelector);
        tolerations = Lists.copy(tolerations);
        labels = Lists.copy(labels);
        annotations = Lists.copy(annotations);
    }

    /** A volume that pods share. */
    public record ModelCache(
            @JsonPropertyDescription(
                    "A PersistentVolumeClaim of the experiment's namespace: ReadWriteMany for pods on several nodes, ReadWriteOnce for one node.")
            @Required
            @Size(min = 1, max = 253)
            @Pattern("^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
            String claimName) {}

    /** As in a container. */
    public enum ImagePullPolicy {
        Always,
        IfNotPresent,
        Never
    }

    /** As in a container. */
    public record Resources(
            @JsonPropertyDescription("What a pod needs to be placed.") @Size(max = 8)
            Map<String, Quantity> requests,

            @JsonPropertyDescription("What a pod may use at most.") @Size(max = 8)
            Map<String, Quantity> limits) {

        public Resources {
            requests = Lists.copy(requests);
            limits = Lists.copy(limits);
        }
    }

    /** A variable with a value, or with that of a Secret's key. */
    @ValidationRule(
            value = "has(self.value) != has(self.secretKeyRef)",
            messageExpression = "'variable ' + self.name + ' needs either value or secretKeyRef'")
    public record EnvVar(
            @Required
            @Size(min = 1, max = 128)
            @Pattern("^[A-Za-z_][A-Za-z0-9_]*$")
            @ValidationRule(
                    value =
                            "!(self in ['EVOMERGE_MODE', 'EVOMERGE_MANIFEST', 'EVOMERGE_MANIFEST_SHA256', 'EVOMERGE_MODEL_CACHE', 'EVOMERGE_VOLUMES', 'JOB_COMPLETION_INDEX'])",
                    messageExpression = "'variable ' + self + ' is set by the operator'")
            String name,

            @Size(max = 4096) String value,
            SecretKeyRef secretKeyRef) {}

    /** A key of a Secret in the experiment's namespace. */
    public record SecretKeyRef(
            @Required @Size(min = 1, max = 253) String name,
            @Required @Size(min = 1, max = 253) String key) {}

    /** As in a pod. */
    public record Toleration(
            @Size(max = 316) String key,
            TolerationOperator operator,
            @Size(max = 63) String value,
            TaintEffect effect,
            @Min(0) @Max(31536000) Long tolerationSeconds) {}

    /** As in a pod. */
    public enum TolerationOperator {
        Exists,
        Equal
    }

    /** As in a pod. */
    public enum TaintEffect {
        NoSchedule,
        PreferNoSchedule,
        NoExecute
    }
}
