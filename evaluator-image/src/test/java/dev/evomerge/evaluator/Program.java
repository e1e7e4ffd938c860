package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.TerminationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The program as the build assembles it, run as a process of its own. */
final class Program implements AutoCloseable {

    private static final Path HOME = Path.of("target/evaluator").toAbsolutePath();

    private final Process process;
    private final Path log;
    private final Path termination;

    private Program(Process process, Path log, Path termination) {
        this.process = process;
        this.log = log;
        this.termination = termination;
    }

    /** Starts it; its environment holds nothing but what is given here. */
    static Program start(Path directory, Map<String, String> environment) throws IOException {
        Path log = Files.createTempFile(directory, "log", ".txt");
        Path termination = Files.createTempFile(directory, "termination", ".json");
        ProcessBuilder builder = new ProcessBuilder(
                        HOME.resolve("bin/evaluator").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        Map<String, String> variables = builder.environment();
        variables.clear();
        variables.put("PATH", "/usr/bin:/bin");
        variables.put("JAVA_HOME", System.getProperty("java.home"));
        variables.put("EVOMERGE_TERMINATION_LOG", termination.toString());
        variables.put("EVOMERGE_THREADS", "2");
        variables.putAll(environment);
        return new Program(builder.start(), log, termination);
    }

    static Program start(Path directory, Map<String, String> environment, String... more) throws IOException {
        Map<String, String> all = new HashMap<>(environment);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return start(directory, all);
    }

    /** Waits for its end, and gives its exit code. */
    int await() throws InterruptedException {
        assertThat(process.waitFor(120, TimeUnit.SECONDS))
                .as("ended within 2 minutes")
                .isTrue();
        return process.exitValue();
    }

    void awaitSuccess() throws InterruptedException, IOException {
        assertThat(await()).as(() -> log()).isZero();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    TerminationMessage message() throws IOException {
        return TerminationMessage.parse(Files.readString(termination), "the program");
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
