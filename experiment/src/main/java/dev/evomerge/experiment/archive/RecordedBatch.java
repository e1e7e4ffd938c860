package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.Layout;
import dev.evomerge.search.Batch;
import java.util.List;
import java.util.Optional;

/**
 * A batch with all its results; the object {@code record.json}, written once.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param number     the batch's number
 * @param kind       what it was for
 * @param stage      the stage that asked, or empty
 * @param manifest   the SHA-256 of the candidate manifest
 * @param candidates the digest of the candidates that the search decided on; empty in what older versions have written
 * @param questions  which search questions were asked; empty for all
 * @param results    one per candidate, in the order of the manifest
 */
public record RecordedBatch(
        String apiVersion,
        int number,
        Batch.Kind kind,
        String stage,
        String manifest,
        Optional<String> candidates,
        Optional<List<Integer>> questions,
        List<CandidateResult> results) {

    public RecordedBatch {
        results = List.copyOf(results);
    }

    static RecordedBatch of(Batch batch, String manifest, List<CandidateResult> results) {
        return new RecordedBatch(
                CandidateManifest.API_VERSION,
                batch.number(),
                batch.kind(),
                batch.stage(),
                manifest,
                Optional.of(batch.digest()),
                batch.questions(),
                results);
    }

    /** The batch's name. */
    public String name() {
        return Layout.batch(number);
    }
}
