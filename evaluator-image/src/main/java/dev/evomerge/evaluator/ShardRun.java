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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard of a batch: each of its candidates is evaluated once, whatever happens to the processes that do it. What already has a result is
 * passed over, and when all have one, the models are not even loaded.
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
    private Optional<Running> running = Optional.empty();
    private boolean interrupted;

    private record Running(String candidate, int attempt) {}

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
                for (CandidateSpec candidate : missing) {
                    evaluate(candidate, evaluator);
                }
            }
        }
        ShardReport report = report(candidates);
        results.put(Layout.shardReport(shard), ContractJson.bytes(report));
        return report;
    }

    private void evaluate(CandidateSpec candidate, CandidateEvaluator evaluator) throws IOException {
        if (begin(candidate.id())) {
            write(evaluator.evaluate(manifest.batch(), candidate));
            end();
        } else {
            write(crashed(candidate));
        }
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

    private synchronized boolean begin(String candidate) throws IOException {
        if (interrupted) {
            throw new InterruptedIOException("told to end");
        }
        OptionalInt attempt = attempts.begin(candidate);
        attempt.ifPresent(number -> running = Optional.of(new Running(candidate, number)));
        return attempt.isPresent();
    }

    private synchronized void end() {
        running = Optional.empty();
    }

    /** Called by another thread when the process is told to end: being told so is no fault of the candidate. */
    synchronized void interrupt() throws IOException {
        interrupted = true;
        if (running.isPresent()) {
            attempts.withdraw(running.get().candidate(), running.get().attempt());
        }
    }
}
