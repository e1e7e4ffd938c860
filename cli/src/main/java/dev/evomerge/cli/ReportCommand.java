package dev.evomerge.cli;

import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.page.ReportPage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The page about an experiment. */
@Command(
        name = "report",
        description = {
            "Write the report of an experiment, one HTML page that needs nothing but a browser, from its history in storage.",
            "Works while the search runs, too. The store is reached by the experiment's Secret, or by what the environment says."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the page was written", "1:there is no such experiment or history, and why was printed"})
final class ReportCommand implements Callable<Integer> {

    @Mixin
    private ExperimentOptions experiment;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "the page to write, replacing what is there (default: EXPERIMENT.html in this folder)")
    private Path output;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException, TroubleException, ArchiveException {
        var known = experiment.find(Instant.now());
        try (OpenExperiment open = OpenExperiment.existing(known.resource(), known.stores())
                .orElseThrow(() -> new IOException("there is no history of this experiment below "
                        + known.resource().getSpec().storage().uri()
                        + "; has it begun, and is its manifest still the same?"))) {
            String page = ReportPage.of(known.resource(), open, known.notice(), known.timing());
            Path file = output == null ? Path.of(known.resource().getMetadata().getName() + ".html") : output;
            Files.writeString(file, page, StandardCharsets.UTF_8);
            command.commandLine().getOut().println(file);
        }
        return 0;
    }
}
