package dev.evomerge.cli;

import dev.evomerge.contract.data.DataException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** {@code evomerge}: evolve, merge and score language models from the command line. */
@Command(
        name = "evomerge",
        mixinStandardHelpOptions = true,
        version = "evomerge 0.1.0",
        description = "Evolves merges of language models.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            MergeCommand.class,
            ValidateCommand.class,
            CheckCommand.class,
            EvaluateCommand.class,
            ConvertCommand.class,
            CopyCommand.class,
            StatusCommand.class,
            WatchCommand.class
        })
public final class EvomergeCommand {

    /** The user's input or surroundings are at fault; the message says how. */
    static final int USER_ERROR = 1;

    private EvomergeCommand() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new EvomergeCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(EvomergeCommand.oneLine());
    }

    /** A user's mistake is one clear line; anything else is a bug and keeps its stack trace. */
    private static IExecutionExceptionHandler oneLine() {
        return (Exception failure, CommandLine command, ParseResult arguments) -> {
            if (failure instanceof IOException
                    || failure instanceof IllegalArgumentException
                    || failure instanceof DataException) {
                command.getErr().println("evomerge " + command.getCommandName() + ": " + failure.getMessage());
                return USER_ERROR;
            }
            throw failure;
        };
    }
}
