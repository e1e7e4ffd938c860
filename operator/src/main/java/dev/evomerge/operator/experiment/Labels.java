package dev.evomerge.operator.experiment;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Labels and annotations of what the operator makes. */
final class Labels {

    static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    static final String COMPONENT = "app.kubernetes.io/component";
    static final String EXPERIMENT = "evomerge.dev/experiment";
    /** {@code g0003}, {@value #EXPORT} or {@value #INSPECTION}. */
    static final String BATCH = "evomerge.dev/batch";

    /** What stands for the batch on the Job that looks at volumes. */
    static final String INSPECTION = "inspection";

    static final String EXPORT = "export";

    /** What stands for the batch on the Job of an export. */
    static String export(Optional<String> pick) {
        return EXPORT + pick.map(candidate -> "-" + candidate).orElse("");
    }

    static final String QUEUE = "kueue.x-k8s.io/queue-name";

    /** On a Job: that the operator has suspended it, and so may resume it. */
    static final String SUSPENDED = "evomerge.dev/suspended";
    /** On a Job: the generation of the experiment that it was made for. */
    static final String GENERATION = "evomerge.dev/generation";

    /** Selects Jobs and pods. */
    static final String SELECTOR = MANAGED_BY + "=evomerge," + COMPONENT + "=evaluator," + EXPERIMENT;

    private Labels() {}

    /** In a fixed order, so that what is written is always the same. */
    static SortedMap<String, String> of(String experiment, String batch) {
        return new TreeMap<>(
                Map.of(MANAGED_BY, "evomerge", COMPONENT, "evaluator", EXPERIMENT, experiment, BATCH, batch));
    }
}
