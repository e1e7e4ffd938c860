package dev.evomerge.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows an experiment: its state and why, the table of candidates and baselines, the winner. */
@Command(
        name = "status",
        description = "Show how an experiment stands.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:it was shown", "1:there is no such experiment, or the cluster refuses"})
final class StatusCommand implements Callable<Integer> {

    @Parameters(paramLabel = "EXPERIMENT", description = "the MergeExperiment's name")
    private String name;

    @Mixin
    private ClusterOptions cluster;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() {
        try (KubernetesClient client = cluster.connect()) {
            command.commandLine().getOut().println(Report.of(cluster.experiment(client, name)));
        }
        return 0;
    }
}
