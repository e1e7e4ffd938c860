package dev.evomerge.cli.local;

import dev.evomerge.contract.ExportReport;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.PodTemplate;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.experiment.spec.ImmutableSpec;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** An experiment that is given to this machine: what its evaluators get, where they run, and that only one run works on it. */
public final class LocalExperiment {

    private final MergeExperiment experiment;
    private final Path logs;
    private final Map<String, String> surroundings;

    /**
     * An experiment on this machine.
     *
     * @param experiment   what to do, whole and valid
     * @param folder       where logs go, below {@code logs}
     * @param surroundings this process's environment: credentials, and the GPUs that may be used ({@code CUDA_VISIBLE_DEVICES})
     */
    public LocalExperiment(MergeExperiment experiment, Path folder, Map<String, String> surroundings) {
        this.experiment = experiment;
        this.logs = folder.toAbsolutePath().resolve("logs");
        this.surroundings = Map.copyOf(surroundings);
    }

    /** The folder for an experiment whose history lies elsewhere: the same one for the same experiment. */
    public static Path temporaryFolder(MergeExperiment experiment) {
        return Path.of(System.getProperty("java.io.tmpdir"), "evomerge-" + System.getProperty("user.name"))
                .resolve(ImmutableSpec.of(experiment.getSpec()).folder(experiment));
    }

    /** Where the evaluators' output goes. */
    public Path logs() {
        return logs;
    }

    /**
     * Runs it, from where its history ends to its exported model.
     *
     * @throws TroubleException     if it cannot go on
     * @throws IOException          if another run works on it, or logs cannot be written
     * @throws InterruptedException if this process is told to end; all that is finished is kept
     */
    public LocalRun.Outcome run(LocalRun.Listener listener) throws TroubleException, IOException, InterruptedException {
        return alone(evaluators -> new LocalRun(experiment, stores(), evaluators, listener, Clock.systemUTC()).run());
    }

    /**
     * Exports what {@code spec.output.pick} names, of an experiment whose search has ended here.
     *
     * @throws TroubleException     if the search has not ended, or there is no such candidate
     * @throws IOException          as {@link #run}
     * @throws InterruptedException as {@link #run}
     */
    public ExportReport export() throws TroubleException, IOException, InterruptedException {
        return alone(evaluators ->
                new LocalRun(experiment, stores(), evaluators, LocalRun.Listener.NONE, Clock.systemUTC()).export());
    }

    /** What is done with evaluators. */
    private interface Work<T> {
        T with(Evaluators evaluators) throws TroubleException, IOException, InterruptedException;
    }

    private <T> T alone(Work<T> work) throws TroubleException, IOException, InterruptedException {
        Files.createDirectories(logs);
        List<Place> places = Place.of(experiment.getSpec().evaluation(), Place.gpus(surroundings));
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / places.size());
        try (FileChannel lock = lock();
                var evaluators = new Evaluators(Evaluators.COMMAND, logs, environment(), places, threads)) {
            Thread hook = new Thread(evaluators::close, "end evaluators");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                return work.with(evaluators);
            } finally {
                removeHook(hook);
            }
        }
    }

    private Stores stores() {
        return new Stores(new StorageAccess(surroundings), true, UnaryOperator.identity());
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs: this process is about to end.
        }
    }

    private FileChannel lock() throws IOException {
        Path file = logs.resolve("lock");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new IOException("another 'evomerge run' works on this experiment; it holds " + file);
        }
        return channel;
    }

    // ---- evaluators ----

    /** What the pod template gives to evaluators; Secrets have to be in this process's environment. */
    private Map<String, String> environment() {
        var environment = new TreeMap<String, String>();
        PodTemplate template = experiment.getSpec().evaluation().template();
        for (PodTemplate.EnvVar variable : template == null ? List.<PodTemplate.EnvVar>of() : template.env()) {
            String value = variable.value() == null ? surroundings.get(variable.name()) : variable.value();
            if (value == null) {
                throw new IllegalArgumentException("evaluators need the variable " + variable.name()
                        + ", which a cluster has in the Secret "
                        + variable.secretKeyRef().name()
                        + "; set it in the environment");
            }
            environment.put(variable.name(), value);
        }
        return environment;
    }
}
