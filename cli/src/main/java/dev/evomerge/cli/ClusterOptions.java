package dev.evomerge.cli;

import dev.evomerge.crds.MergeExperiment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.Objects;
import picocli.CommandLine.Option;

/** Which cluster and namespace: as for kubectl, from the kubeconfig unless said otherwise. */
final class ClusterOptions {

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "the namespace (default: that of the context, or else default)")
    private String namespace;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "the kubeconfig's context (default: the current one)")
    private String context;

    /** As kubectl does: where neither option nor context names a namespace, it is {@code default}. */
    KubernetesClient connect() {
        Config config = Config.autoConfigure(context);
        String chosen = namespace != null ? namespace : Objects.requireNonNullElse(config.getNamespace(), "default");
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config).withNamespace(chosen).build())
                .build();
    }

    /**
     * An experiment of the cluster.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    MergeExperiment experiment(KubernetesClient client, String name) {
        MergeExperiment experiment =
                client.resources(MergeExperiment.class).withName(name).get();
        if (experiment == null) {
            throw new IllegalArgumentException(
                    "there is no MergeExperiment '" + name + "' in namespace '" + client.getNamespace() + "'");
        }
        return experiment;
    }
}
