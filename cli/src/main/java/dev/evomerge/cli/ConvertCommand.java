package dev.evomerge.cli;

import dev.evomerge.cli.convert.EvolveConversion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** For people who come from mergekit-evolve. */
@Command(
        name = "convert",
        description = {
            "Write the MergeExperiment that searches what a mergekit-evolve configuration describes.",
            "What has no counterpart is refused by name. The questions have to be put into files; comments say how."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the manifest was written", "1:the configuration cannot be converted, and why was printed"})
final class ConvertCommand implements Callable<Integer> {

    @Parameters(paramLabel = "CONFIG", description = "a mergekit-evolve configuration, in YAML")
    private Path config;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "the manifest to write; it must not exist (default: standard output)")
    private Path output;

    @Option(
            names = "--max-fevals",
            paramLabel = "N",
            description = "how many candidates to score, as mergekit-evolve's option (default: ${DEFAULT-VALUE})")
    private int evaluations = EvolveConversion.EVALUATIONS;

    @Option(
            names = "--sigma0",
            paramLabel = "DECIMAL",
            description = "the first step size, as mergekit-evolve's option (default: ${DEFAULT-VALUE})")
    private String sigma = EvolveConversion.SIGMA;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        String manifest = EvolveConversion.convert(config, evaluations, sigma);
        if (output == null) {
            command.commandLine().getOut().print(manifest);
            command.commandLine().getOut().flush();
        } else {
            Files.writeString(output, manifest, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        }
        return 0;
    }
}
