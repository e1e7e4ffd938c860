package dev.evomerge.cli.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ExitCode;
import dev.evomerge.contract.TerminationMessage;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Runs evaluators as processes of this machine, as many at once as there are places. */
final class Evaluators implements AutoCloseable {

    /** How long an evaluator that is told to end may take to put away what it was doing. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** The evaluator program, by the Java and the classes that this process has. */
    static final List<String> COMMAND = command();

    private final List<String> command;
    private final Path logs;
    private final Map<String, String> environment;
    private final BlockingQueue<Place> places;
    private final int threads;
    private final Set<Process> running = new HashSet<>();
    private boolean closed;

    /**
     * How an evaluator ended.
     *
     * @param code    its exit code
     * @param message its termination message, or the last line that it printed
     */
    record End(int code, String message) {

        boolean isDone() {
            return code == ExitCode.DONE;
        }

        /** Told to end, by whomever; that is no failure. */
        boolean isInterrupted() {
            return code == ExitCode.INTERRUPTED || code == 128 + 2;
        }
    }

    /**
     * Evaluators.
     *
     * @param command     what starts one
     * @param logs        the folder that their output goes to
     * @param environment what they are given beside what each is told to do
     * @param places      where they may run; at least one
     * @param threads     how many threads each may use, ≥ 1
     */
    Evaluators(List<String> command, Path logs, Map<String, String> environment, List<Place> places, int threads) {
        this.command = List.copyOf(command);
        this.logs = logs;
        this.environment = Map.copyOf(environment);
        this.places = new ArrayBlockingQueue<>(places.size(), true, places);
        this.threads = threads;
    }

    /**
     * Runs an evaluator, as soon as there is a place, until it ends.
     *
     * @param name   what to call it
     * @param task   its part of the environment
     * @param within it is killed when it takes longer
     * @return how it ended; empty if the time was up
     * @throws IOException if it cannot be started
     */
    Optional<End> run(String name, Map<String, String> task, Duration within) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        Place place = places.poll(within.toNanos(), TimeUnit.NANOSECONDS);
        if (place == null) {
            return Optional.empty();
        }
        try {
            Path termination = logs.resolve(name + ".termination");
            Files.deleteIfExists(termination);
            Process process = start(name, task, place, termination);
            try {
                if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return Optional.empty();
                }
                return Optional.of(new End(process.exitValue(), lastWords(termination, logs.resolve(name + ".log"))));
            } finally {
                end(process);
            }
        } finally {
            places.add(place);
        }
    }

    private synchronized Process start(String name, Map<String, String> task, Place place, Path termination)
            throws IOException, InterruptedException {
        if (closed) {
            throw new InterruptedException("told to end");
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.environment().putAll(task);
        builder.environment().put("EVOMERGE_TERMINATION_LOG", termination.toString());
        builder.environment().put("EVOMERGE_THREADS", String.valueOf(threads));
        builder.environment().put("HOSTNAME", name);
        builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE");
        place.devices().ifPresent(devices -> builder.environment().put("CUDA_VISIBLE_DEVICES", devices));
        File log = logs.resolve(name + ".log").toFile();
        builder.redirectErrorStream(true).redirectOutput(Redirect.appendTo(log));
        Process process = builder.start();
        running.add(process);
        return process;
    }

    private static List<String> command() {
        String java = ProcessHandle.current().info().command().orElse("java");
        var command = new ArrayList<>(List.of(
                java,
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Dai.djl.offline=true"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), EvaluatorProcess.class.getName()));
        return command;
    }

    private static String lastWords(Path termination, Path log) throws IOException {
        if (Files.exists(termination)) {
            try {
                return TerminationMessage.parse(Files.readString(termination, UTF_8), termination.toString())
                        .problem()
                        .map(problem -> problem.reason() + ": " + problem.message())
                        .orElse("");
            } catch (ContractException e) {
                return e.getMessage();
            }
        }
        List<String> lines = Files.readAllLines(log, UTF_8);
        return lines.isEmpty() ? "it printed nothing" : lines.getLast();
    }

    private void end(Process process) {
        process.destroyForcibly();
        synchronized (this) {
            running.remove(process);
        }
    }

    /** Tells all evaluators to end; what they have finished is kept. No more are started. */
    @Override
    public void close() {
        Set<Process> last;
        synchronized (this) {
            closed = true;
            last = Set.copyOf(running);
        }
        last.forEach(Process::destroy);
        for (Process process : last) {
            try {
                if (!process.waitFor(GRACE)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
