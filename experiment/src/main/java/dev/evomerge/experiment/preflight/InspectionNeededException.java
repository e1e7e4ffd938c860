package dev.evomerge.experiment.preflight;

import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.StoredInspection;
import java.util.Optional;

/** Models or output lie on volumes, and a pod has not looked at them yet, or has found something wrong. */
public final class InspectionNeededException extends TroubleException {

    private static final long serialVersionUID = 1;

    private final transient StoredInspection inspection;
    private final transient Optional<Trouble> found;

    private InspectionNeededException(StoredInspection inspection, Trouble trouble, Optional<Trouble> found) {
        super(trouble);
        this.inspection = inspection;
        this.found = found;
    }

    static InspectionNeededException ofNone(StoredInspection inspection) {
        return new InspectionNeededException(
                inspection, new Trouble(Reason.Preparing, "a pod looks at the volumes"), Optional.empty());
    }

    static InspectionNeededException of(StoredInspection inspection, Trouble found) {
        return new InspectionNeededException(inspection, found, Optional.of(found));
    }

    /** What is to be looked at. */
    public StoredInspection inspection() {
        return inspection;
    }

    /** What was wrong when a pod looked last, if one has. */
    public Optional<Trouble> found() {
        return found;
    }
}
