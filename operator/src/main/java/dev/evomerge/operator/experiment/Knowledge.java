package dev.evomerge.operator.experiment;

import dev.evomerge.contract.ExportReport;
import dev.evomerge.experiment.Choice;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.archive.StoredExport;
import dev.evomerge.experiment.archive.StoredInspection;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.search.Step;
import java.util.List;
import java.util.Optional;

/** What is known of an experiment's folder in storage. */
sealed interface Knowledge {

    /** Storage was not looked at: there is nothing to do. */
    record Unread() implements Knowledge {}

    /** Storage cannot be used, or the preflight refuses the experiment. */
    record Blocked(Trouble trouble) implements Knowledge {}

    /**
     * A pod has to look at the experiment's volumes.
     *
     * @param inspection what it is to look at
     * @param found      what was wrong when one has looked last, if one has
     */
    record Uninspected(StoredInspection inspection, Optional<Trouble> found) implements Knowledge {}

    /**
     * All of it.
     *
     * @param folder   URI of the experiment's folder
     * @param facts    what the preflight found
     * @param batches  the batches that were recorded
     * @param step     what the search wants next
     * @param manifest the manifest of the batch that is to be evaluated, if it was written
     * @param results  the results of that batch; read only once its shards have ended
     * @param choice   what is to be exported, if the search has ended
     * @param export   its export manifest, if it was written
     * @param exported the exported model, if the search has ended and one lies there
     */
    record Known(
            String folder,
            Facts facts,
            List<RecordedBatch> batches,
            Step step,
            Optional<StoredManifest> manifest,
            Optional<Archive.Results> results,
            Optional<Choice> choice,
            Optional<StoredExport> export,
            Optional<Exported> exported)
            implements Knowledge {}

    /**
     * An exported model.
     *
     * @param report   what the export Job says
     * @param problems what is not as it says; empty if all is well
     */
    record Exported(ExportReport report, List<String> problems) {}
}
