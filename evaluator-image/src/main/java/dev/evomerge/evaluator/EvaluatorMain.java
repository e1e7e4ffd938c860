package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExitCode;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.InspectionManifest;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.inference.model.UnsupportedModelException;
import dev.evomerge.merge.MergeException;
import dev.evomerge.merge.NotFiniteException;
import dev.evomerge.merge.safetensors.InvalidModelException;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageException;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program in an evaluator pod. It keeps the contract that {@code docs/evaluator.md} describes: everything comes from the environment, and
 * everything that happened is in storage, the termination message and the exit code.
 */
public final class EvaluatorMain {

    private static final Logger LOG = LoggerFactory.getLogger(EvaluatorMain.class);

    private final Map<String, String> environment;
    private volatile Optional<ShardRun> running = Optional.empty();
    private volatile boolean ended;
    private boolean terminated;

    private EvaluatorMain(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] arguments) {
        EvaluatorMain program = new EvaluatorMain(System.getenv());
        Runtime.getRuntime().addShutdownHook(new Thread(program::interrupt, "interrupt"));
        System.exit(program.run());
    }

    private int run() {
        int code;
        try {
            perform(Settings.of(environment)).ifPresent(this::terminate);
            code = ExitCode.DONE;
        } catch (ContractException e) {
            code = fail(ExitCode.INVALID, "InvalidManifest", e);
        } catch (DataException e) {
            code = fail(ExitCode.INVALID, "InvalidData", e);
        } catch (InvalidModelException | UnsupportedModelException | MergeException | NotFiniteException e) {
            code = fail(ExitCode.INVALID, "InvalidModel", e);
        } catch (StorageException e) {
            code = fail(isLasting(e) ? ExitCode.INVALID : ExitCode.TRY_AGAIN, "Storage", e);
        } catch (IOException e) {
            code = fail(ExitCode.TRY_AGAIN, "Storage", e);
        } catch (RuntimeException | Error e) {
            LOG.error("unexpected", e);
            code = fail(ExitCode.TRY_AGAIN, "Internal", e);
        }
        ended = true;
        return code;
    }

    /** What is missing or named wrongly stays so; access may be granted and a server may come back. */
    private static boolean isLasting(StorageException e) {
        return switch (e.reason()) {
            case INVALID, NOT_FOUND, NO_BUCKET -> true;
            case DENIED, UNREACHABLE, OTHER -> false;
        };
    }

    /** What there is to say in the end; an inspection says everything in its report. */
    private Optional<TerminationMessage> perform(Settings settings) throws IOException, DataException {
        // Read by DJL when libtorch is loaded; by itself it would take every core of the node, whatever the container
        // may use.
        System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(settings.threads()));
        return switch (settings.mode()) {
            case EVALUATE -> Optional.of(evaluate(settings));
            case EXPORT ->
                Optional.of(TerminationMessage.of(
                        new Export(valid(read(settings, ExportManifest.class)), settings.access(), settings.threads())
                                .run()));
            case INSPECT -> {
                new Inspection(read(settings, InspectionManifest.class), settings.access()).run();
                yield Optional.empty();
            }
        };
    }

    private TerminationMessage evaluate(Settings settings) throws IOException, DataException {
        CandidateManifest manifest = valid(read(settings, CandidateManifest.class));
        if (settings.shard() >= manifest.shards()) {
            throw new ContractException("JOB_COMPLETION_INDEX is " + settings.shard() + ", but " + settings.manifest()
                    + " has " + manifest.shards() + " shards");
        }
        LOG.info("{} {} shard {} of {}", manifest.experiment(), manifest.batch(), settings.shard(), manifest.shards());
        try (Storage results = Storages.open(StorageUri.parse(manifest.results()), settings.access())) {
            ShardRun run = new ShardRun(
                    manifest, settings.shard(), results, new Attempts(results, settings.attempts(), settings.name()));
            running = Optional.of(run);
            try (Models models = new Models(settings, manifest)) {
                return TerminationMessage.of(run.run(models::evaluator));
            }
        }
    }

    /** Loads tasks and models when they are needed, and closes them in the end. */
    private static final class Models implements AutoCloseable {
        private final Settings settings;
        private final CandidateManifest manifest;
        private Optional<Sources> sources = Optional.empty();

        Models(Settings settings, CandidateManifest manifest) {
            this.settings = settings;
            this.manifest = manifest;
        }

        CandidateEvaluator evaluator(List<CandidateSpec> candidates) throws IOException, DataException {
            List<Task> tasks = new DataSets(settings.access()).tasks(manifest.tasks());
            List<Recipe> recipes =
                    candidates.stream().map(CandidateSpec::recipe).toList();
            long start = System.nanoTime();
            Sources opened = Sources.open(manifest.models(), recipes, settings.access(), settings.threads());
            sources = Optional.of(opened);
            opened.load();
            List<Lane> lanes = Lane.of(opened, recipes, settings.concurrency());
            LOG.info(
                    "models loaded seconds={} candidates at once={}",
                    "%.2f".formatted((System.nanoTime() - start) / 1e9),
                    lanes.size());
            CandidateEvaluator evaluator = new CandidateEvaluator(
                    opened,
                    tasks,
                    manifest.objectives(),
                    settings.batchSize(),
                    System::nanoTime,
                    (task, question, completion) -> {},
                    lanes);
            evaluator.prepare(candidates);
            return evaluator;
        }

        @Override
        public void close() {
            sources.ifPresent(Sources::close);
        }
    }

    private static <T> T read(Settings settings, Class<T> type) throws IOException {
        byte[] bytes = Objects.read(settings.manifest(), settings.access());
        String digest = Sha256.of(bytes);
        if (!digest.equalsIgnoreCase(settings.sha256())) {
            throw new ContractException(
                    settings.manifest() + " has the SHA-256 " + digest + ", expected " + settings.sha256());
        }
        return ContractJson.read(bytes, type, settings.manifest());
    }

    private static CandidateManifest valid(CandidateManifest manifest) {
        refuse(manifest.problems());
        return manifest;
    }

    private static ExportManifest valid(ExportManifest manifest) {
        refuse(manifest.problems());
        return manifest;
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new ContractException(String.join("; ", problems));
        }
    }

    private int fail(int code, String reason, Throwable e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        LOG.error("{}: {} (exit code {})", reason, message, code);
        terminate(TerminationMessage.of(reason, message));
        return code;
    }

    /** Says how it ends; what is said first counts. */
    private synchronized void terminate(TerminationMessage message) {
        if (terminated) {
            return;
        }
        terminated = true;
        Path file = Settings.terminationLog(environment);
        try {
            Files.write(file, ContractJson.text(message).getBytes(UTF_8));
        } catch (IOException e) {
            LOG.warn("the termination message cannot be written to {}: {}", file, e.toString());
        }
    }

    /** SIGTERM: the pod is preempted or deleted. The JVM then ends with code 143, whatever the main thread is doing. */
    private void interrupt() {
        if (ended) {
            return;
        }
        terminate(TerminationMessage.of("Interrupted", "told to end by SIGTERM; results that were written are kept"));
        try {
            if (running.isPresent()) {
                running.get().interrupt();
            }
        } catch (IOException e) {
            LOG.warn("the attempts under way stay marked: {}", e.getMessage());
        }
    }
}
