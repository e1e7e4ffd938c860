package dev.evomerge.cli.local;

import dev.evomerge.cli.local.Evaluators.End;
import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ExitCode;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.Layout;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.archive.StoredExport;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.experiment.page.ReportPage;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.report.ExperimentFacts.Timing;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Step;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One experiment, from where its history ends to its exported model. What a step does was decided from storage, and is done so that doing it twice
 * does no harm; so it can be cut off anywhere.
 */
public final class LocalRun {

    /** How often a shard, the export, or a batch whose results cannot be believed is tried again. */
    private static final int RETRIES = 2;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final MergeExperiment experiment;
    private final Stores stores;
    private final Evaluators evaluators;
    private final Listener listener;
    private final Clock clock;

    /** Is told how far the run is, by the thread that runs it. */
    public interface Listener {

        /** What lay in storage already. */
        void resumed(OpenExperiment open);

        /** A batch is under way; so many of its candidates have a result. */
        void working(OpenExperiment open, Batch batch, int done);

        void recorded(OpenExperiment open, RecordedBatch batch);

        void exporting(Step.Finished finished);

        /** Does not listen. */
        Listener NONE = new Listener() {
            @Override
            public void resumed(OpenExperiment open) {}

            @Override
            public void working(OpenExperiment open, Batch batch, int done) {}

            @Override
            public void recorded(OpenExperiment open, RecordedBatch batch) {}

            @Override
            public void exporting(Step.Finished finished) {}
        };
    }

    /**
     * What came out.
     *
     * @param choice the search's last word, and what was exported of it
     * @param report the exported model
     */
    public record Outcome(Choice choice, ExportReport report) {}

    LocalRun(MergeExperiment experiment, Stores stores, Evaluators evaluators, Listener listener, Clock clock) {
        this.experiment = experiment;
        this.stores = stores;
        this.evaluators = evaluators;
        this.listener = listener;
        this.clock = clock;
    }

    /**
     * Runs it to its end.
     *
     * @throws TroubleException if it cannot go on; the reason is one of those that the operator's conditions have
     */
    Outcome run() throws TroubleException, InterruptedException {
        try (OpenExperiment open = OpenExperiment.open(experiment, stores)) {
            listener.resumed(open);
            while (true) {
                switch (open.step(experiment)) {
                    case Step.Evaluate(Batch batch) -> evaluate(open, batch);
                    case Step.Finished finished -> {
                        return new Outcome(Choice.of(experiment.getSpec(), finished), export(open, finished));
                    }
                    case Step.Failed(String message) ->
                        throw new TroubleException(Reason.EveryCandidateFailed, message);
                }
            }
        } catch (ArchiveException e) {
            throw new TroubleException(Reason.HistoryDamaged, e.getMessage());
        } catch (IOException e) {
            throw new TroubleException(Preflights.storageReason(e), e.getMessage());
        }
    }

    /**
     * Exports a candidate of a search that has ended, and nothing else.
     *
     * @throws TroubleException if it has not, or the export fails
     */
    ExportReport export() throws TroubleException, InterruptedException {
        try (OpenExperiment open = OpenExperiment.existing(experiment, stores)
                .orElseThrow(() -> new TroubleException(
                        Reason.SpecInvalid,
                        "there is no history of this experiment below "
                                + experiment.getSpec().storage().uri()))) {
            if (open.step(experiment) instanceof Step.Finished finished) {
                return export(open, finished);
            }
            throw new TroubleException(Reason.SpecInvalid, "the search has not ended; 'evomerge run' goes on with it");
        } catch (ArchiveException e) {
            throw new TroubleException(Reason.HistoryDamaged, e.getMessage());
        } catch (IOException e) {
            throw new TroubleException(Preflights.storageReason(e), e.getMessage());
        }
    }

    // ---- a batch ----

    private void evaluate(OpenExperiment open, Batch batch)
            throws IOException, ArchiveException, TroubleException, InterruptedException {
        Archive archive = open.archive();
        CandidateManifest wanted = Manifests.of(experiment, open.facts(), batch, archive.uri());
        archive.putManifest(batch.number(), wanted);
        StoredManifest stored = archive.manifest(batch.number()).orElseThrow();
        if (!stored.asksTheSameAs(wanted)) {
            throw new TroubleException(
                    Reason.HistoryDamaged,
                    stored.uri() + " holds other candidates than the search decides on from the same history;"
                            + " was it written by another version of evomerge?");
        }
        archive.record(batch, stored, results(open, batch, stored), experiment.getSpec(), open.facts());
        writePage(open);
        listener.recorded(open, archive.batches().getLast());
    }

    /** One per candidate, in order. What cannot be believed is made again, as the operator has it. */
    private List<CandidateResult> results(OpenExperiment open, Batch batch, StoredManifest stored)
            throws IOException, ArchiveException, TroubleException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            String failure = work(open, batch, stored);
            Archive.Results results = open.archive().results(stored, List.of());
            if (results.damaged().isEmpty()) {
                if (results.byCandidate().isEmpty() && !results.begun()) {
                    throw new TroubleException(
                            Reason.EvaluatorFailed, "evaluators end before they have begun on a candidate: " + failure);
                }
                return inOrder(stored, results, failure);
            }
            if (attempt == RETRIES) {
                throw new TroubleException(
                        Reason.HistoryDamaged,
                        results.damaged().stream().map(Archive.Damage::problem).collect(Collectors.joining("; ")));
            }
            open.archive().discard(results.damaged());
        }
    }

    /** When a search began is not in its history. */
    private void writePage(OpenExperiment open) throws IOException, ArchiveException, TroubleException {
        ReportPage.write(
                experiment, open, Optional.empty(), new Timing(Optional.empty(), clock.instant(), Optional.empty()));
    }

    private static List<CandidateResult> inOrder(StoredManifest stored, Archive.Results results, String failure) {
        var inOrder = new ArrayList<CandidateResult>();
        for (CandidateSpec candidate : stored.manifest().candidates()) {
            inOrder.add(results.byCandidate()
                    .getOrDefault(
                            candidate.id(),
                            CandidateResult.missing(
                                    stored.manifest().batch(),
                                    candidate.id(),
                                    failure.equals(Failure.TIMEOUT) ? failure : Failure.CRASHED)));
        }
        return inOrder;
    }

    /** Runs every shard that lacks a result: why one has failed, if one has. */
    private String work(OpenExperiment open, Batch batch, StoredManifest stored)
            throws IOException, ArchiveException, TroubleException, InterruptedException {
        var done = open.archive().results(stored, List.of()).byCandidate().keySet();
        long deadline =
                System.nanoTime() + Manifests.timeout(experiment.getSpec()).toNanos();
        try (ExecutorService shards = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> working = IntStream.range(0, stored.manifest().shards())
                    .filter(shard -> stored.manifest().shard(shard).stream()
                            .anyMatch(candidate -> !done.contains(candidate.id())))
                    .mapToObj(shard -> shards.submit((Callable<String>) () -> run(
                            stored.manifest().batch() + "-" + shard,
                            Map.of(
                                    "EVOMERGE_MODE",
                                    "evaluate",
                                    "EVOMERGE_MANIFEST",
                                    stored.uri(),
                                    "EVOMERGE_MANIFEST_SHA256",
                                    stored.sha256(),
                                    "JOB_COMPLETION_INDEX",
                                    String.valueOf(shard)),
                            deadline)))
                    .toList();
            String failure = "";
            try {
                for (Future<String> shard : working) {
                    String one = await(
                            shard,
                            () -> listener.working(
                                    open,
                                    batch,
                                    open.archive()
                                            .results(stored, List.of())
                                            .byCandidate()
                                            .size()));
                    failure = failure.isEmpty() ? one : failure;
                }
            } finally {
                working.forEach(shard -> shard.cancel(true));
            }
            return failure;
        }
    }

    /** Runs an evaluator until it is done or not worth another try: why it failed, or nothing. */
    private String run(String name, Map<String, String> task, long deadline)
            throws IOException, InterruptedException, TroubleException {
        String failure = "";
        for (int failures = 0; failures <= RETRIES; ) {
            Optional<End> end = evaluators.run(name, task, Duration.ofNanos(deadline - System.nanoTime()));
            if (end.isEmpty()) {
                return Failure.TIMEOUT;
            }
            if (end.get().isDone()) {
                return "";
            }
            if (end.get().code() == ExitCode.INVALID) {
                throw new TroubleException(Reason.EvaluatorRefused, end.get().message());
            }
            if (!end.get().isInterrupted()) {
                failures++;
                failure = String.format(
                        Locale.ROOT,
                        "exit code %d: %s",
                        end.get().code(),
                        end.get().message());
            }
        }
        return failure;
    }

    /** Something that looks at storage. */
    private interface Look {
        void look() throws IOException, ArchiveException;
    }

    private static String await(Future<String> shard, Look meanwhile)
            throws IOException, ArchiveException, TroubleException, InterruptedException {
        while (true) {
            try {
                return shard.get(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                meanwhile.look();
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case TroubleException trouble -> throw trouble;
                    case IOException failure -> throw failure;
                    case InterruptedException interruption -> throw interruption;
                    default -> throw new IllegalStateException("running an evaluator", e.getCause());
                }
            }
        }
    }

    // ---- the export ----

    private ExportReport export(OpenExperiment open, Step.Finished finished)
            throws IOException, ArchiveException, TroubleException, InterruptedException {
        Archive archive = open.archive();
        var choice = Choice.of(experiment.getSpec(), finished);
        archive.putExport(choice.folder(), Manifests.export(experiment, open.facts(), choice, archive.uri()));
        StoredExport stored = archive.export(choice.folder()).orElseThrow();
        if (archive.exportReport(choice.folder()).isEmpty()) {
            listener.exporting(choice.finished());
            String failure = run(
                    "export",
                    Map.of(
                            "EVOMERGE_MODE", "export",
                            "EVOMERGE_MANIFEST", stored.uri(),
                            "EVOMERGE_MANIFEST_SHA256", stored.sha256()),
                    System.nanoTime() + Manifests.timeout(experiment.getSpec()).toNanos());
            if (!failure.isEmpty()) {
                throw new TroubleException(Reason.ExportFailed, failure);
            }
        }
        writePage(open);
        return archive.exportReport(choice.folder())
                .orElseThrow(() -> new TroubleException(
                        Reason.ExportFailed,
                        "the export has ended, but there is no " + Layout.exportReport(choice.folder())));
    }
}
