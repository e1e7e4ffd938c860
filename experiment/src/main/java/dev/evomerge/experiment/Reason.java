package dev.evomerge.experiment;

import static dev.evomerge.experiment.Reason.Kind.DONE;
import static dev.evomerge.experiment.Reason.Kind.FAILED;
import static dev.evomerge.experiment.Reason.Kind.STALLED;
import static dev.evomerge.experiment.Reason.Kind.WAITING;
import static dev.evomerge.experiment.Reason.Kind.WORKING;

/** Why an experiment is in the state that it is in: the reason of its {@code Ready} condition. Each is explained in {@code docs/conditions.md}. */
public enum Reason {
    /** The preflight is under way, or has not begun. */
    Preparing(WAITING),
    /** Batches are evaluated. */
    Searching(WORKING),
    /** The winner is written to its output folder. */
    Exporting(WORKING),
    /** The model is there. */
    Completed(DONE),
    /** {@code spec.suspend} is true. */
    Suspended(WORKING),
    /** Evaluators wait for their queue to admit them. */
    Queued(WAITING),
    /** No node has room for an evaluator. */
    Unschedulable(WAITING),
    /** Kubernetes makes no pods: a quota or an admission rule. */
    PodsNotCreated(WAITING),
    /** The evaluator image cannot be pulled. */
    ImageCannotBePulled(STALLED),
    /** A container cannot be made: a Secret or key is missing, or the security rules are not kept. */
    PodCannotStart(STALLED),
    /** The API server refuses the Job. */
    JobRefused(STALLED),
    /** {@code spec.storage.secretName} names no Secret. */
    SecretNotFound(STALLED),
    /** The store does not answer, or does not know the bucket. */
    StorageUnreachable(STALLED),
    /** The store refuses the credentials, or does not let write. */
    StorageRefused(STALLED),
    /** A URI is not supported here. */
    UriNotSupported(STALLED),
    /** A model's folder cannot be read. */
    ModelCannotBeRead(STALLED),
    /** A model's files are damaged or no model. */
    ModelInvalid(STALLED),
    /** Models have different shapes. */
    ModelsDoNotFit(STALLED),
    /** A file of questions cannot be read. */
    DataCannotBeRead(STALLED),
    /** A file of questions is empty, has a bad line, or another digest. */
    DataInvalid(STALLED),
    /** Two question sets of a task share a question. */
    DataOverlaps(STALLED),
    /** A task is a chat, and a model has no chat template, or one that fails. */
    ChatTemplateInvalid(STALLED),
    /** The spec asks for what cannot be searched. */
    SpecInvalid(STALLED),
    /** The evaluator refuses its manifest, data or models. */
    EvaluatorRefused(STALLED),
    /** Evaluators end before they have begun on a candidate. */
    EvaluatorFailed(STALLED),
    /** What lies in storage contradicts itself. */
    HistoryDamaged(STALLED),
    /** The export does not come to an end. */
    ExportFailed(STALLED),
    /** {@code spec.output.pick} names no candidate of the final table. */
    PickUnknown(STALLED),
    /** No candidate of the search could be scored. */
    EveryCandidateFailed(FAILED),
    /** A fault of the operator. */
    InternalError(STALLED);

    /** What a reason means for the other conditions. */
    public enum Kind {
        /** Ready. */
        WORKING,
        /** Not ready, but it goes on by itself: Reconciling. */
        WAITING,
        /** Not ready, and somebody must do something: Stalled. It is tried again all the same. */
        STALLED,
        /** Ready, and Succeeded. */
        DONE,
        /** For good. */
        FAILED
    }

    private final Kind kind;

    Reason(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
