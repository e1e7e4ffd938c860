package dev.evomerge.evaluator;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Cost;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard of a batch: each of its candidates is evaluated once, whatever happens to the processes that do it. What already has a result is
 * passed over, and when all have one, the models are not even loaded.
 *
 * <p>Where an evaluator has several lanes, candidates run beside each other, but one that has a single attempt left runs alone, after them: when a process
 * dies, all that were under way have lost an attempt, and only the one that kills its process may lose its last.
 */
final class ShardRun {

    private static final Logger LOG = LoggerFactory.getLogger(ShardRun.class);

    /** Makes the evaluator when the first candidate needs it. */
    @FunctionalInterface
    interface EvaluatorSource {
        CandidateEvaluator get(List<CandidateSpec> candidates) throws IOException, DataException;
    }

    private final CandidateManifest manifest;
    private final int shard;
    private final Storage results;
    private final Attempts attempts;
    /** What is under way, and by which attempt. */
    private final Map<String, Integer> running = new HashMap<>();

    private boolean interrupted;

    ShardRun(CandidateManifest manifest, int shard, Storage results, Attempts attempts) {
        this.manifest = manifest;
        this.shard = shard;
        this.results = results;
        this.attempts = attempts;
    }

    ShardReport run(EvaluatorSource source) throws IOException, DataException {
        List<CandidateSpec> candidates = manifest.shard(shard);
        List<CandidateSpec> missing = new ArrayList<>();
        for (CandidateSpec candidate : candidates) {
            if (results.size(Layout.result(candidate.id())).isEmpty()) {
                missing.add(candidate);
            }
        }
        LOG.info("{} of {} candidates are to be evaluated", missing.size(), candidates.size());
        if (!missing.isEmpty()) {
            try (CandidateEvaluator evaluator = source.get(missing)) {
                List<CandidateSpec> alone = evaluator.lanes() == 1 ? missing : evaluateTogether(missing, evaluator);
                for (CandidateSpec candidate : alone) {
                    if (!evaluate(candidate, evaluator, attempts.most())) {
                        write(crashed(candidate));
                    }
                }
            }
        }
        ShardReport report = report(candidates);
        results.put(Layout.shardReport(shard), ContractJson.bytes(report));
        return report;
    }

    /** Evaluates a candidate by one of its first {@code count} attempts, unless they are used up: whether it did. */
    private boolean evaluate(CandidateSpec candidate, CandidateEvaluator evaluator, int count) throws IOException {
        if (!begin(candidate.id(), count)) {
            return false;
        }
        write(evaluator.evaluate(manifest.batch(), candidate));
        end(candidate.id());
        return true;
    }

    /**
     * Evaluates candidates on all lanes, in order, but those that have fewer than two attempts left: these. If a lane fails, the others finish what they
     * are at and take nothing more.
     */
    private List<CandidateSpec> evaluateTogether(List<CandidateSpec> candidates, CandidateEvaluator evaluator)
            throws IOException {
        Queue<CandidateSpec> waiting = new ConcurrentLinkedQueue<>(candidates);
        Set<CandidateSpec> alone = ConcurrentHashMap.newKeySet();
        Callable<Void> lane = () -> {
            try {
                for (CandidateSpec next = waiting.poll(); next != null; next = waiting.poll()) {
                    if (!evaluate(next, evaluator, attempts.most() - 1)) {
                        alone.add(next);
                    }
                }
                return null;
            } finally {
                waiting.clear();
            }
        };
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("lane-", 0).factory())) {
            for (Future<Void> ended : threads.invokeAll(Collections.nCopies(evaluator.lanes(), lane))) {
                ended.get();
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException("told to end");
        }
        return candidates.stream().filter(alone::contains).toList();
    }

    private void write(CandidateResult result) throws IOException {
        boolean first = results.putIfAbsent(Layout.result(result.candidate()), ContractJson.bytes(result));
        LOG.info(
                "{} {} questions={} tokens={} seconds={}{}",
                result.candidate(),
                result.failure()
                        .map(failure -> "failed " + failure.reason() + ": " + failure.message())
                        .orElse("fitness=" + result.fitness()),
                result.cost().questions(),
                result.cost().generatedTokens(),
                "%.2f".formatted(result.cost().seconds()),
                first ? "" : " (another process was first)");
        result.tasks().forEach((task, outcome) -> outcome.tooLong()
                .ifPresent(questions -> LOG.warn(
                        "{} {}: questions {} are too long for the model's context and count as wrong",
                        result.candidate(),
                        task,
                        questions)));
    }

    private CandidateResult crashed(CandidateSpec candidate) {
        return new CandidateResult(
                CandidateManifest.API_VERSION,
                manifest.batch(),
                candidate.id(),
                Map.of(),
                List.of(),
                Optional.of(new Failure(
                        Failure.CRASHED,
                        "the process ended while it worked on this candidate, as often as it was tried; a container that is killed for memory"
                                + " looks like this")),
                new Cost(0, 0, 0, 0));
    }

    /** From what lies in storage: where another process was first, that is what counts. */
    private ShardReport report(List<CandidateSpec> candidates) throws IOException {
        List<ShardReport.Row> rows = new ArrayList<>();
        for (CandidateSpec candidate : candidates) {
            byte[] bytes = results.read(Layout.result(candidate.id()));
            CandidateResult result = ContractJson.read(
                    bytes,
                    CandidateResult.class,
                    results.uri(Layout.result(candidate.id())).toString());
            rows.add(new ShardReport.Row(
                    candidate.id(),
                    result.fitness(),
                    result.failure().map(Failure::reason).orElse(""),
                    Sha256.of(bytes)));
        }
        return new ShardReport(CandidateManifest.API_VERSION, manifest.batch(), shard, rows);
    }

    private synchronized boolean begin(String candidate, int count) throws IOException {
        if (interrupted) {
            throw new InterruptedIOException("told to end");
        }
        OptionalInt attempt = attempts.begin(candidate, count);
        attempt.ifPresent(number -> running.put(candidate, number));
        return attempt.isPresent();
    }

    private synchronized void end(String candidate) {
        running.remove(candidate);
    }

    /** Called by another thread when the process is told to end: being told so is no fault of the candidates. */
    synchronized void interrupt() throws IOException {
        interrupted = true;
        for (var candidate : running.entrySet()) {
            attempts.withdraw(candidate.getKey(), candidate.getValue());
        }
    }
}
