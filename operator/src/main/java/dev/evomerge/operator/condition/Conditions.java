package dev.evomerge.operator.condition;

import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Conditions by the Kubernetes API conventions, and kstatus' Reconciling and Stalled, which are there only while true. */
public final class Conditions {

    private static final int LONGEST_MESSAGE = 1024;

    private Conditions() {}

    /**
     * The conditions of an experiment.
     *
     * @param old        those that it has, whose times of transition are kept where nothing changes
     * @param generation the generation of the spec that they speak of
     */
    public static List<Condition> of(List<Condition> old, long generation, Instant now, Trouble state) {
        var kind = state.reason().kind();
        boolean ready = kind == Reason.Kind.WORKING || kind == Reason.Kind.DONE;
        var conditions = new ArrayList<Condition>();
        var writer = new Writer(old, generation, now, state);
        conditions.add(writer.condition("Ready", ready ? "True" : "False"));
        conditions.add(writer.condition(
                "Succeeded",
                switch (kind) {
                    case DONE -> "True";
                    case FAILED -> "False";
                    default -> "Unknown";
                }));
        if (kind == Reason.Kind.WAITING) {
            conditions.add(writer.condition("Reconciling", "True"));
        }
        if (kind == Reason.Kind.STALLED || kind == Reason.Kind.FAILED) {
            conditions.add(writer.condition("Stalled", "True"));
        }
        return conditions;
    }

    public static Optional<Condition> find(List<Condition> conditions, String type) {
        return conditions.stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    /**
     * One condition, whose time of transition is kept where its status has not changed.
     *
     * @param old the conditions that there are
     */
    public static Condition of(
            List<Condition> old,
            long generation,
            Instant now,
            String type,
            String status,
            String reason,
            String message) {
        String since = find(old, type)
                .filter(condition -> condition.getStatus().equals(status))
                .map(Condition::getLastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new ConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(cut(message))
                .withObservedGeneration(generation)
                .withLastTransitionTime(since)
                .build();
    }

    private record Writer(List<Condition> old, long generation, Instant now, Trouble state) {

        Condition condition(String type, String status) {
            return of(old, generation, now, type, status, state.reason().name(), state.message());
        }
    }

    private static String cut(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 2) + " …";
    }
}
