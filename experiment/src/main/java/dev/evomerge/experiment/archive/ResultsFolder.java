package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The results of one batch, each held against its shard's report, and the report against what its pod has said. A chain of digests: from pod
 * status, which the API server vouches for, to every result.
 */
final class ResultsFolder {

    private final Storage storage;
    private final CandidateManifest manifest;
    private final String folder;
    private final Set<String> there;
    private final Map<String, CandidateResult> sound = new TreeMap<>();
    private final List<Archive.Damage> damaged = new ArrayList<>();

    ResultsFolder(Storage storage, CandidateManifest manifest) throws IOException {
        this.storage = storage;
        this.manifest = manifest;
        this.folder = Layout.results(manifest.batch()) + "/";
        this.there = storage.list(folder).stream().map(Storage.Entry::path).collect(Collectors.toSet());
    }

    Archive.Results read(List<TerminationMessage.Shard> said) throws IOException {
        var digests = new HashMap<Integer, String>();
        said.forEach(shard -> digests.put(shard.index(), shard.sha256()));
        for (int shard = 0; shard < manifest.shards(); shard++) {
            readShard(shard, Optional.ofNullable(digests.get(shard)));
        }
        boolean begun = there.stream().anyMatch(path -> path.startsWith(folder + "attempts/"));
        return new Archive.Results(sound, begun, damaged);
    }

    private void readShard(int shard, Optional<String> said) throws IOException {
        String report = folder + Layout.shardReport(shard);
        Map<String, ShardReport.Row> rows;
        try {
            rows = rows(report, shard, said);
        } catch (ContractException e) {
            // Nobody vouches for the shard's results now. They stay: its next pod finds them, and only reports anew.
            damaged.add(new Archive.Damage(e.getMessage(), List.of(report)));
            return;
        }
        for (CandidateSpec candidate : manifest.shard(shard)) {
            String path = folder + Layout.result(candidate.id());
            try {
                result(path, candidate.id(), Optional.ofNullable(rows.get(candidate.id())))
                        .ifPresent(result -> sound.put(candidate.id(), result));
            } catch (ContractException e) {
                // The report goes too: the result that is made again will not have the digest that it knows.
                damaged.add(new Archive.Damage(e.getMessage(), List.of(path, report)));
            }
        }
    }

    /** The rows of a shard's report by candidate; none where there is no report and no pod has said that it has written one. */
    private Map<String, ShardReport.Row> rows(String path, int shard, Optional<String> said) throws IOException {
        var bytes = object(path, said, "its pod has said");
        if (bytes.isEmpty()) {
            return Map.of();
        }
        var report = ContractJson.read(bytes.get(), ShardReport.class, uri(path));
        var found = report.candidates().stream().map(ShardReport.Row::id).toList();
        var expected = manifest.shard(shard).stream().map(CandidateSpec::id).toList();
        if (!report.batch().equals(manifest.batch()) || report.shard() != shard || !found.equals(expected)) {
            throw new ContractException(
                    uri(path) + " is the report of shard " + report.shard() + " of " + report.batch() + ", " + found
                            + ", expected shard " + shard + " of " + manifest.batch() + ", " + expected);
        }
        return report.candidates().stream().collect(Collectors.toMap(ShardReport.Row::id, row -> row));
    }

    private Optional<CandidateResult> result(String path, String candidate, Optional<ShardReport.Row> row)
            throws IOException {
        var bytes = object(path, row.map(ShardReport.Row::sha256), "its shard's report says");
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        var result = ContractJson.read(bytes.get(), CandidateResult.class, uri(path));
        if (!result.candidate().equals(candidate) || !result.batch().equals(manifest.batch())) {
            throw new ContractException(uri(path) + " is the result of " + result.candidate() + " in " + result.batch()
                    + ", expected " + candidate + " in " + manifest.batch());
        }
        return Optional.of(result);
    }

    /**
     * An object, if there is one.
     *
     * @param sha256  the digest that it must have, if somebody knows it: then it must be there
     * @param witness who says so
     */
    private Optional<byte[]> object(String path, Optional<String> sha256, String witness) throws IOException {
        Optional<byte[]> bytes = there.contains(path) ? Optional.of(storage.read(path)) : Optional.empty();
        Optional<String> found = bytes.map(Sha256::of);
        if (sha256.isPresent() && !sha256.equals(found)) {
            throw new ContractException(
                    uri(path) + found.map(digest -> " has SHA-256 " + digest).orElse(" is missing")
                            + ", expected SHA-256 " + sha256.get() + " as " + witness);
        }
        return bytes;
    }

    private String uri(String path) {
        return storage.uri(path).toString();
    }
}
