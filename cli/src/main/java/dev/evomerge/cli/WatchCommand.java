package dev.evomerge.cli;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus.State;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.crds.MergeGenerationStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the generations of an experiment as they are recorded, until it has ended. */
@Command(
        name = "watch",
        description = "Show the generations of an experiment as they come, until it has ended.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the experiment has succeeded", "1:it has failed, cannot go on, or is not there"})
final class WatchCommand implements Callable<Integer> {

    @Parameters(paramLabel = "EXPERIMENT", description = "the MergeExperiment's name")
    private String name;

    @Mixin
    private ClusterOptions cluster;

    @Spec
    private CommandSpec command;

    private final Set<Integer> shown = new HashSet<>();
    private String lastReason = "";

    @Override
    public Integer call() throws Exception {
        try (KubernetesClient client = cluster.connect()) {
            cluster.experiment(client, name);
            return follow(client);
        }
    }

    private int follow(KubernetesClient client) throws Exception {
        var ended = new CompletableFuture<MergeExperiment>();
        PrintWriter out = command.commandLine().getOut();
        try (ProgressLine line = ProgressLine.ofTerminal(command.commandLine().getErr());
                var generations = client.resources(MergeGeneration.class)
                        .inform(each(generation -> show(line, out, generation)));
                var experiments = client.resources(MergeExperiment.class)
                        .withName(name)
                        .inform(each(experiment -> follow(line, out, experiment, ended)))) {
            return ended.get().getStatus().state() == State.Succeeded ? 0 : 1;
        }
    }

    private synchronized void show(ProgressLine progress, PrintWriter out, MergeGeneration generation) {
        boolean ours = generation.getSpec().experiment().equals(name);
        boolean recorded = generation.getStatus() != null
                && generation.getStatus().state() == MergeGenerationStatus.State.Recorded;
        if (ours && recorded && shown.add(generation.getSpec().batch())) {
            progress.print(out, Report.line(generation));
        }
    }

    private synchronized void follow(
            ProgressLine progress,
            PrintWriter out,
            MergeExperiment experiment,
            CompletableFuture<MergeExperiment> ended) {
        if (experiment.getStatus() == null || experiment.getStatus().state() == null) {
            return;
        }
        Report.condition(experiment, "Ready").ifPresent(ready -> {
            if (!ready.getReason().equals(lastReason)) {
                lastReason = ready.getReason();
                progress.print(out, ready.getReason() + ": " + ready.getMessage());
            }
        });
        var counts = experiment.getStatus().evaluations();
        if (counts != null) {
            int done = counts.scored() + counts.failed();
            Optional.ofNullable(experiment.getStatus().budget())
                    .ifPresent(budget -> progress.show(
                            done, budget.candidates(), done + " of at most " + budget.candidates() + " candidates"));
        }
        switch (experiment.getStatus().state()) {
            case Succeeded, Failed, Stalled -> ended.complete(experiment);
            case Pending, Searching, Exporting, Suspended -> {}
        }
    }

    private static <T> ResourceEventHandler<T> each(Consumer<T> seen) {
        return new ResourceEventHandler<>() {
            @Override
            public void onAdd(T resource) {
                seen.accept(resource);
            }

            @Override
            public void onUpdate(T before, T resource) {
                seen.accept(resource);
            }

            @Override
            public void onDelete(T resource, boolean lastStateUnknown) {}
        };
    }
}
