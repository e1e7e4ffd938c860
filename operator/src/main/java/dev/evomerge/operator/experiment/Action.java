package dev.evomerge.operator.experiment;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.StoredManifest;
import dev.evomerge.search.Batch;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import java.util.Map;

/** Something to do. Each can be done twice without harm. */
sealed interface Action {

    /** Write a candidate manifest. */
    record PutManifest(int batch, CandidateManifest manifest) implements Action {}

    /** Record a batch. */
    record RecordBatch(Batch batch, StoredManifest manifest, List<CandidateResult> results) implements Action {}

    /** Remove what cannot be believed of a batch's results, so that it is made again. */
    record DiscardDamaged(List<Archive.Damage> damaged) implements Action {}

    /**
     * Write an export manifest.
     *
     * @param folder the export's
     */
    record PutExport(String folder, ExportManifest manifest) implements Action {}

    /**
     * Remove an export's report, so that the model is written again.
     *
     * @param folder the export's
     */
    record DiscardExport(String folder) implements Action {}

    /** Write the page for people. That it cannot be written stops nothing. */
    record WritePage() implements Action {}

    record CreateJob(Job job) implements Action {}

    record DeleteJob(String name) implements Action {}

    /** Stop a Job's pods and keep what it has done. */
    record SuspendJob(String name) implements Action {}

    record ResumeJob(String name) implements Action {}

    record SetParallelism(String name, int parallelism) implements Action {}

    /** Make a MergeGeneration be so. */
    record ShowGeneration(MergeGeneration generation) implements Action {}

    record DeleteGeneration(String name) implements Action {}

    /** Keep the experiment from vanishing before its results are removed, or no longer. */
    record SetFinalizer(boolean present) implements Action {}

    /** Remove history and exported model. */
    record DeleteResults() implements Action {}

    /**
     * Make an Event.
     *
     * @param warning whether somebody should look
     * @param reason  in one word
     * @param message for people
     * @param labels  what makes it unique: the same labels give the same Event, however often it is made
     */
    record Announce(boolean warning, String reason, String message, Map<String, String> labels) implements Action {}
}
