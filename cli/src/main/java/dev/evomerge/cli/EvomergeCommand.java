package dev.evomerge.cli;

import dev.evomerge.contract.data.DataException;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.ArchiveException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** {@code evomerge}: evolve, merge and score language models from the command line. */
@Command(
        name = "evomerge",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        version = "evomerge 0.1.0",
        description = "Evolves merges of language models.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            ValidateCommand.class,
            ConvertCommand.class,
            StatusCommand.class,
            WatchCommand.class,
            LogsCommand.class,
            ReportCommand.class,
            ExportCommand.class,
            MergeCommand.class,
            CheckCommand.class,
            EvaluateCommand.class,
            CopyCommand.class,
            GenerateCompletion.class
        })
public final class EvomergeCommand {

    /** The user's input or surroundings are at fault; the message says how. */
    static final int USER_ERROR = 1;

    private EvomergeCommand() {}

    public static void main(String[] arguments) throws IOException {
        openStandardError();
        System.exit(commandLine().execute(arguments));
    }

    /** The launcher keeps the JVM's own warnings from users by starting it without a standard error, and says where that is. */
    private static void openStandardError() throws IOException {
        String file = System.getProperty("evomerge.stderr");
        if (file != null) {
            System.setErr(new PrintStream(new FileOutputStream(file, true), true, StandardCharsets.UTF_8));
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new EvomergeCommand())
                .setCommandName(System.getProperty("evomerge.name", "evomerge"))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(EvomergeCommand::explain);
    }

    /** A user's mistake is one clear line; anything else is a bug and keeps its stack trace. */
    private static int explain(Exception failure, CommandLine command, ParseResult arguments) throws Exception {
        String message =
                switch (failure) {
                    case NoSuchFileException missing -> "there is no file " + missing.getFile();
                    case FileAlreadyExistsException there -> there.getFile() + " exists, and is not replaced";
                    case FileSystemException refused ->
                        refused.getFile() + ": "
                                + (refused.getReason() == null
                                        ? refused.getClass().getSimpleName()
                                        : refused.getReason());
                    case IOException io -> io.getMessage();
                    case IllegalArgumentException mistake -> mistake.getMessage();
                    case DataException data -> data.getMessage();
                    case ArchiveException damaged -> damaged.getMessage();
                    case TroubleException trouble ->
                        trouble.trouble().reason() + ": " + trouble.trouble().message();
                    case KubernetesClientException cluster -> cluster(cluster);
                    default -> throw failure;
                };
        command.getErr().println("evomerge " + command.getCommandName() + ": " + message);
        return USER_ERROR;
    }

    private static String cluster(KubernetesClientException failure) {
        if (failure.getCode() > 0) {
            return "the cluster says: "
                    + (failure.getStatus() == null
                            ? failure.getMessage()
                            : failure.getStatus().getMessage());
        }
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return "the cluster does not answer: " + cause + "; see 'kubectl config get-contexts', or --context";
    }
}
