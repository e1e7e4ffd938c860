package dev.evomerge.operator.condition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.Trouble;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionsTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "Searching, Ready=True Succeeded=Unknown",
        "Unschedulable, Ready=False Succeeded=Unknown Reconciling=True",
        "DataInvalid, Ready=False Succeeded=Unknown Stalled=True",
        "Completed, Ready=True Succeeded=True",
        "EveryCandidateFailed, Ready=False Succeeded=False Stalled=True"
    })
    void eachKindHasItsConditions(Reason reason, String expected) {
        var conditions = Conditions.of(List.of(), 7, NOON, new Trouble(reason, "why"));

        assertThat(conditions.stream().map(condition -> condition.getType() + "=" + condition.getStatus()))
                .containsExactly(expected.split(" "));
        assertThat(conditions).allMatch(condition -> condition.getObservedGeneration() == 7);
    }

    @Test
    void theTimeOfTransitionIsThatOfTheStatus() {
        var before = Conditions.of(List.of(), 1, NOON, new Trouble(Reason.Searching, "one"));

        var after = Conditions.of(before, 2, NOON.plusSeconds(60), new Trouble(Reason.Unschedulable, "two"));

        assertThat(Conditions.find(after, "Ready").map(Condition::getLastTransitionTime))
                .contains("2026-01-01T12:01:00Z");
        assertThat(Conditions.find(after, "Succeeded").map(Condition::getLastTransitionTime))
                .contains("2026-01-01T12:00:00Z");
    }

    @Test
    void aLongMessageIsCut() {
        var conditions = Conditions.of(List.of(), 1, NOON, new Trouble(Reason.ModelsDoNotFit, "x".repeat(5000)));

        assertThat(conditions).allMatch(condition -> condition.getMessage().length() == 1024);
    }
}
