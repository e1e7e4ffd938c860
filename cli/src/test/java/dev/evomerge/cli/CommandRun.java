package dev.evomerge.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;

/** The command, run in this process. */
record CommandRun(int code, String out, String err) {

    static CommandRun of(Object... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = EvomergeCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(Stream.of(arguments).map(String::valueOf).toArray(String[]::new));
        return new CommandRun(code, out.toString(), err.toString());
    }
}
