package dev.evomerge.operator.experiment;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;

/** What to do for an experiment that is being deleted. Its Jobs and MergeGenerations go with it by their owner references. */
record Deletion(Observed seen) {

    private static final Duration PODS_END = Duration.ofSeconds(5);

    /** Where results are to be removed, pods end first: they would write new ones. */
    Plan plan() {
        var actions = new ArrayList<Action>();
        if (Draft.hasFinalizer(seen)) {
            for (Job job : seen.jobs()) {
                if (job.getMetadata().getDeletionTimestamp() == null) {
                    actions.add(new Action.DeleteJob(job.getMetadata().getName()));
                }
            }
            boolean podsRun = seen.pods().stream()
                    .anyMatch(pod -> pod.getStatus() != null
                            && "Running".equals(pod.getStatus().getPhase()));
            if (seen.jobs().isEmpty() && !podsRun) {
                actions.add(new Action.DeleteResults());
                actions.add(new Action.SetFinalizer(false));
            }
        }
        return new Plan(actions, seen.status(), false, Optional.of(PODS_END));
    }
}
