package dev.evomerge.experiment.archive;

import dev.evomerge.contract.ExportManifest;

/**
 * The export manifest as it lies in storage.
 *
 * @param manifest what it says
 * @param uri      where it lies
 * @param sha256   the digest of its bytes
 */
public record StoredExport(ExportManifest manifest, String uri, String sha256) {}
