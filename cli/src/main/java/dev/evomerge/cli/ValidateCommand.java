package dev.evomerge.cli;

import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.cli.manifest.Violation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what the API server would refuse, without one. */
@Command(
        name = "validate",
        description = {
            "Check a MergeExperiment as the API server does when it is applied, without a cluster:",
            "unknown fields, types, bounds, and the rules between fields."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:nothing is wrong", "1:something is, and what was printed"})
final class ValidateCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MANIFEST", description = "a file with one MergeExperiment, in YAML or JSON")
    private Path file;

    @Option(
            names = "--local",
            description = "take the manifest as 'evomerge run' does: what is no URI is a path relative to the file")
    private boolean local;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        ExperimentManifest manifest = ExperimentManifest.read(file);
        List<Violation> violations = (local ? manifest.onThisMachine(Map.of()) : manifest).violations();
        violations.forEach(command.commandLine().getOut()::println);
        command.commandLine()
                .getOut()
                .println(
                        violations.isEmpty()
                                ? file + ": nothing is wrong."
                                : file + ": " + violations.size()
                                        + (violations.size() == 1 ? " problem." : " problems."));
        return violations.isEmpty() ? 0 : EvomergeCommand.USER_ERROR;
    }
}
