package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateManifest;

/**
 * The candidate manifest of a batch as it lies in storage.
 *
 * @param manifest what it says
 * @param uri      where it lies
 * @param sha256   the digest of its bytes
 */
public record StoredManifest(CandidateManifest manifest, String uri, String sha256) {

    /** Whether it asks the same questions of the same candidates as another. The split into shards may differ: it is taken from storage. */
    public boolean asksTheSameAs(CandidateManifest wanted) {
        return manifest.candidates().equals(wanted.candidates())
                && manifest.tasks().equals(wanted.tasks());
    }
}
