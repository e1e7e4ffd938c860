package dev.evomerge.cli;

import dev.evomerge.cli.local.LocalExperiment;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus.State;
import dev.evomerge.experiment.TroubleException;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Another candidate than the search's own pick. */
@Command(
        name = "export",
        description = {
            "Write another candidate of a finished experiment as a model, without searching again: a member of the Pareto front, say.",
            "It goes to picks/CANDIDATE below the experiment's output; the search's own pick stays. In a cluster the operator does it,",
            "because spec.output.pick is set; of a manifest that was run here, this command does."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the model is there", "1:it cannot be exported, and why was printed"})
final class ExportCommand implements Callable<Integer> {

    @Mixin
    private ExperimentOptions experiment;

    @Parameters(index = "1", paramLabel = "CANDIDATE", description = "a candidate of the final table: g0007-c03")
    private String candidate;

    @Option(
            names = "--timeout",
            paramLabel = "MINUTES",
            description = "how long to wait for a cluster (default: ${DEFAULT-VALUE})")
    private long minutes = Duration.ofHours(2).toMinutes();

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException, InterruptedException, TroubleException {
        ExportReport report = experiment.isManifest() ? here() : inCluster();
        command.commandLine().getOut().println(report.output() + ", sha256 " + report.sha256());
        return 0;
    }

    private ExportReport here() throws IOException, InterruptedException, TroubleException {
        MergeExperiment picking = experiment.picking(candidate);
        Path folder = experiment.workdir().orElseGet(() -> LocalExperiment.temporaryFolder(picking));
        return new LocalExperiment(picking, folder, System.getenv()).export();
    }

    private ExportReport inCluster() throws IOException {
        try (KubernetesClient client = experiment.cluster().connect()) {
            var resource = client.resources(MergeExperiment.class).withName(experiment.name());
            MergeExperiment before = experiment.cluster().experiment(client, experiment.name());
            if (before.getStatus() == null || before.getStatus().winner() == null) {
                throw new IllegalArgumentException(
                        experiment.name() + " has no winner yet, expected a finished search");
            }
            resource.patch(
                    PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"output\":{\"pick\":\"" + candidate + "\"}}}");
            MergeExperiment after = resource.waitUntilCondition(this::isSettled, minutes, TimeUnit.MINUTES);
            var winner = after.getStatus().winner();
            if (after.getStatus().state() != State.Succeeded) {
                throw new IOException(Report.condition(after, "Ready")
                        .map(ready -> ready.getReason() + ": " + ready.getMessage())
                        .orElse("the export has failed"));
            }
            return new ExportReport("", experiment.name(), candidate, winner.uri(), winner.sha256(), 0);
        }
    }

    /** The operator has seen the pick, and has exported it or says what stands in the way. */
    private boolean isSettled(MergeExperiment experiment) {
        var status = Optional.ofNullable(experiment).map(MergeExperiment::getStatus);
        return status.filter(known -> experiment.getMetadata().getGeneration().equals(known.observedGeneration())
                        && (known.state() == State.Stalled
                                || known.state() == State.Failed
                                || known.state() == State.Succeeded
                                        && known.winner().candidate().equals(candidate)
                                        && known.winner().uri() != null))
                .isPresent();
    }
}
