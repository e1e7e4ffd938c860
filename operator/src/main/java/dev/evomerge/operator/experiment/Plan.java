package dev.evomerge.operator.experiment;

import dev.evomerge.crds.MergeExperimentStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do for an experiment.
 *
 * @param actions in order
 * @param status  what its status is to be
 * @param more    whether there is more to decide as soon as the actions are done
 * @param again   when to look again though nothing seems to happen
 */
record Plan(List<Action> actions, MergeExperimentStatus status, boolean more, Optional<Duration> again) {

    Plan {
        actions = List.copyOf(actions);
    }
}
