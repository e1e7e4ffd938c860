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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
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
        synopsisSubcommandLabel = "COMMAND")
public final class EvomergeCommand {

    /** The user's input or surroundings are at fault; the message says how. */
    static final int USER_ERROR = 1;

    /** In the order in which they are listed. Annotations are not asked for the names, as that loads what every command is made of. */
    private static final SequencedMap<String, Class<?>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("run", RunCommand.class);
        COMMANDS.put("validate", ValidateCommand.class);
        COMMANDS.put("convert", ConvertCommand.class);
        COMMANDS.put("status", StatusCommand.class);
        COMMANDS.put("watch", WatchCommand.class);
        COMMANDS.put("logs", LogsCommand.class);
        COMMANDS.put("report", ReportCommand.class);
        COMMANDS.put("export", ExportCommand.class);
        COMMANDS.put("merge", MergeCommand.class);
        COMMANDS.put("check", CheckCommand.class);
        COMMANDS.put("evaluate", EvaluateCommand.class);
        COMMANDS.put("cp", CopyCommand.class);
        COMMANDS.put("generate-completion", GenerateCompletion.class);
    }

    private EvomergeCommand() {}

    public static void main(String[] arguments) throws IOException {
        openStandardError();
        System.exit(commandLine(arguments).execute(arguments));
    }

    /** The launcher keeps the JVM's own warnings from users by starting it without a standard error, and says where that is. */
    private static void openStandardError() throws IOException {
        String file = System.getProperty("evomerge.stderr");
        if (file != null) {
            System.setErr(new PrintStream(new FileOutputStream(file, true), true, StandardCharsets.UTF_8));
        }
    }

    /** For these arguments: where they begin with a command, only that one is set up, which takes a tenth of a second less. */
    private static CommandLine commandLine(String[] arguments) {
        String first = arguments.length > 0 ? arguments[0] : "";
        boolean needsOthers = !COMMANDS.containsKey(first) || COMMANDS.get(first) == GenerateCompletion.class;
        return needsOthers ? commandLine() : commandLine(Map.of(first, COMMANDS.get(first)));
    }

    /** With all commands. */
    static CommandLine commandLine() {
        return commandLine(COMMANDS);
    }

    private static CommandLine commandLine(Map<String, Class<?>> commands) {
        var evomerge = new CommandLine(new EvomergeCommand());
        commands.forEach(evomerge::addSubcommand);
        return evomerge.setCommandName(System.getProperty("evomerge.name", "evomerge"))
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
