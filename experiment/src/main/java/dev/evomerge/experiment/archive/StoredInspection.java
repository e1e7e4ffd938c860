package dev.evomerge.experiment.archive;

import dev.evomerge.contract.InspectionReport;
import java.util.Optional;

/**
 * What a pod is to look at on an experiment's volumes, as it lies in storage.
 *
 * @param uri    where the manifest lies
 * @param sha256 the digest of its bytes
 * @param report what a pod has found, if one has looked
 */
public record StoredInspection(String uri, String sha256, Optional<InspectionReport> report) {}
