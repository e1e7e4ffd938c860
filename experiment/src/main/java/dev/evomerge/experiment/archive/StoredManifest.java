package dev.evomerge.experiment.archive;

import dev.evomerge.contract.CandidateManifest;

/**
 * The candidate manifest of a batch as it lies in storage.
 *
 * @param manifest what it says
 * @param uri      where it lies
 * @param sha256   the digest of its bytes
 */
public record StoredManifest(CandidateManifest manifest, String uri, String sha256) {}
