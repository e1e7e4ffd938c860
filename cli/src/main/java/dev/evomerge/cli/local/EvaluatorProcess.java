package dev.evomerge.cli.local;

import dev.evomerge.contract.ExitCode;
import dev.evomerge.evaluator.EvaluatorMain;
import java.io.IOException;

/**
 * The evaluator program as a child of {@code evomerge run}. It ends when its parent does, however that happens: its standard input is a pipe that
 * nobody writes to, and which the system closes with the parent.
 */
final class EvaluatorProcess {

    private EvaluatorProcess() {}

    public static void main(String[] arguments) {
        Thread.ofPlatform().daemon().name("parent").start(EvaluatorProcess::outliveNobody);
        EvaluatorMain.main(arguments);
    }

    private static void outliveNobody() {
        try {
            while (System.in.read() >= 0) {
                // nobody writes
            }
        } catch (IOException e) {
            // as good as an end
        }
        System.exit(ExitCode.INTERRUPTED);
    }
}
