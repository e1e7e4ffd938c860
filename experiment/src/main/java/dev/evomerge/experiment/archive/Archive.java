package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.InspectionManifest;
import dev.evomerge.contract.InspectionReport;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.ImmutableSpec;
import dev.evomerge.search.Batch;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An experiment's folder in storage, with what was read of it kept in memory. Used by one thread at a time.
 *
 * <p>What has been written once stays: a second writer finds the first one's object and goes on with that.
 */
public final class Archive implements AutoCloseable {

    private final Storage storage;
    private final List<RecordedBatch> batches = new ArrayList<>();
    private final List<BatchRecord> history = new ArrayList<>();
    private final Map<Integer, StoredManifest> manifests = new TreeMap<>();
    private boolean read;

    /** @param storage the experiment's folder, which is closed with the archive */
    public Archive(Storage storage) {
        this.storage = storage;
    }

    /** URI of the folder. */
    public String uri() {
        return storage.uri("").toString();
    }

    /**
     * Writes the spec that the folder is named by, which also proves that the store accepts writes.
     *
     * @throws ArchiveException if another spec lies there
     */
    public void claim(ImmutableSpec spec) throws IOException, ArchiveException {
        if (!storage.putIfAbsent(Layout.SPEC, spec.json()) && !Arrays.equals(storage.read(Layout.SPEC), spec.json())) {
            throw new ArchiveException(storage.uri(Layout.SPEC) + " is the spec of another experiment");
        }
    }

    public Optional<Facts> facts() throws IOException, ArchiveException {
        return readIfThere(Facts.PATH, Facts.class);
    }

    /** Writes the facts unless some lie there; the ones that lie there count. */
    public Facts putFacts(Facts facts) throws IOException, ArchiveException {
        return putIfAbsent(Facts.PATH, facts, Facts.class);
    }

    /** Says what a pod is to look at on volumes: the same for the same spec. */
    public StoredInspection putInspection(InspectionManifest manifest) throws IOException, ArchiveException {
        byte[] bytes = ContractJson.bytes(manifest);
        storage.putIfAbsent(Layout.INSPECTION_MANIFEST, bytes);
        return new StoredInspection(
                storage.uri(Layout.INSPECTION_MANIFEST).toString(),
                Sha256.of(bytes),
                readIfThere(Layout.INSPECTION_REPORT, InspectionReport.class));
    }

    /** Every batch that was recorded, in order. */
    public List<RecordedBatch> batches() {
        return List.copyOf(batches);
    }

    /** The same as the search wants it. */
    public List<BatchRecord> history() {
        return List.copyOf(history);
    }

    /** Reads the records; does nothing if they were read before. */
    public void readHistory(MergeExperimentSpec spec, Facts facts) throws IOException, ArchiveException {
        if (read) {
            return;
        }
        batches.clear();
        history.clear();
        for (int number = 0; ; number++) {
            var recorded = readIfThere(Layout.record(Layout.batch(number)), RecordedBatch.class);
            if (recorded.isEmpty()) {
                break;
            }
            add(recorded.get(), spec, facts);
        }
        read = true;
    }

    /** The manifest of a batch, if it was written. */
    public Optional<StoredManifest> manifest(int number) throws IOException, ArchiveException {
        if (!manifests.containsKey(number)) {
            String path = Layout.manifest(Layout.batch(number));
            var bytes = readIfThere(path);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            manifests.put(
                    number,
                    new StoredManifest(
                            parse(bytes.get(), CandidateManifest.class, path),
                            storage.uri(path).toString(),
                            Sha256.of(bytes.get())));
        }
        return Optional.of(manifests.get(number));
    }

    /** Writes a manifest unless one lies there. */
    public void putManifest(int number, CandidateManifest manifest) throws IOException {
        storage.putIfAbsent(Layout.manifest(Layout.batch(number)), ContractJson.bytes(manifest));
    }

    /**
     * What lies in storage of a batch's results. Reads only: what is damaged stays until it is {@linkplain #discard discarded}.
     *
     * @param said what the batch's pods have said of their shards; of a pod that is gone, or of a process, nothing
     */
    public Results results(StoredManifest stored, List<TerminationMessage.Shard> said) throws IOException {
        return new ResultsFolder(storage, stored.manifest()).read(said);
    }

    /** Removes what is damaged, so that it is made again. */
    public void discard(List<Damage> damaged) throws IOException {
        for (Damage damage : damaged) {
            for (String path : damage.paths()) {
                storage.delete(path);
            }
        }
    }

    /**
     * What lies in storage of a batch.
     *
     * @param byCandidate the results that can be believed, by candidate
     * @param begun       whether an evaluator has begun on any candidate
     * @param damaged     what contradicts itself, its shard's report or its pod
     */
    public record Results(Map<String, CandidateResult> byCandidate, boolean begun, List<Damage> damaged) {}

    /**
     * Something that cannot be believed.
     *
     * @param problem what was found, what was expected, where
     * @param paths   what has to go, so that it is made again
     */
    public record Damage(String problem, List<String> paths) {}

    /**
     * Records a batch unless it was recorded before; the record that lies there counts.
     *
     * @param results one per candidate, in order
     */
    public void record(
            Batch batch, StoredManifest stored, List<CandidateResult> results, MergeExperimentSpec spec, Facts facts)
            throws IOException, ArchiveException {
        var recorded = putIfAbsent(
                Layout.record(stored.manifest().batch()),
                RecordedBatch.of(batch, stored.sha256(), results),
                RecordedBatch.class);
        add(recorded, spec, facts);
    }

    private void add(RecordedBatch recorded, MergeExperimentSpec spec, Facts facts) throws ArchiveException {
        if (recorded.number() != batches.size()) {
            throw new ArchiveException(storage.uri(Layout.record(Layout.batch(batches.size())))
                    + " is the record of batch " + recorded.number());
        }
        history.add(new Evaluations(spec, facts).of(recorded));
        batches.add(recorded);
    }

    /**
     * An export manifest, if it was written.
     *
     * @param folder the export's, as {@link Layout#export} has it
     */
    public Optional<StoredExport> export(String folder) throws IOException, ArchiveException {
        String path = Layout.exportManifest(folder);
        var bytes = readIfThere(path);
        return bytes.isEmpty()
                ? Optional.empty()
                : Optional.of(new StoredExport(
                        parse(bytes.get(), ExportManifest.class, path),
                        storage.uri(path).toString(),
                        Sha256.of(bytes.get())));
    }

    /** Writes an export manifest unless one lies there. */
    public void putExport(String folder, ExportManifest manifest) throws IOException {
        storage.putIfAbsent(Layout.exportManifest(folder), ContractJson.bytes(manifest));
    }

    public Optional<ExportReport> exportReport(String folder) throws IOException, ArchiveException {
        return readIfThere(Layout.exportReport(folder), ExportReport.class);
    }

    /** Removes an export's report, so that it is done again. */
    public void discardExportReport(String folder) throws IOException {
        storage.delete(Layout.exportReport(folder));
    }

    /** The reports of all models that were exported. */
    public List<ExportReport> exportReports() throws IOException, ArchiveException {
        var reports = new ArrayList<ExportReport>();
        for (var entry : storage.list(Layout.EXPORT + "/")) {
            if (entry.path().endsWith("/report.json")) {
                readIfThere(entry.path(), ExportReport.class).ifPresent(reports::add);
            }
        }
        return reports;
    }

    /** Writes the page for people, replacing the last one. */
    public void putPage(String html) throws IOException {
        storage.put(Layout.PAGE, html.getBytes(StandardCharsets.UTF_8));
    }

    /** Removes the whole folder. */
    public void delete() throws IOException {
        for (var entry : storage.list("")) {
            storage.delete(entry.path());
        }
    }

    private <T> T putIfAbsent(String path, T value, Class<T> type) throws IOException, ArchiveException {
        byte[] bytes = ContractJson.bytes(value);
        return storage.putIfAbsent(path, bytes) ? value : parse(storage.read(path), type, path);
    }

    private <T> Optional<T> readIfThere(String path, Class<T> type) throws IOException, ArchiveException {
        var bytes = readIfThere(path);
        return bytes.isEmpty() ? Optional.empty() : Optional.of(parse(bytes.get(), type, path));
    }

    private Optional<byte[]> readIfThere(String path) throws IOException {
        return storage.size(path).isPresent() ? Optional.of(storage.read(path)) : Optional.empty();
    }

    private <T> T parse(byte[] bytes, Class<T> type, String path) throws ArchiveException {
        try {
            return ContractJson.read(bytes, type, storage.uri(path).toString());
        } catch (ContractException e) {
            throw new ArchiveException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        storage.close();
    }
}
