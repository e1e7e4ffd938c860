package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.evomerge.crds.MergeExperimentStatus.Best;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** How the candidates of a batch did; at most 8 KiB. Decimal numbers are strings. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record MergeGenerationStatus(
        Long observedGeneration,
        @JsonPropertyDescription("In one word.") State state,
        @JsonPropertyDescription("Candidates with a score.") Integer scored,
        @JsonPropertyDescription("Candidates that failed.") Integer failed,

        @JsonPropertyDescription("The best candidate of the batch, on its first objective.")
        Best best,

        @JsonPropertyDescription("The median of the first objective.") @Size(max = 32)
        String median,

        @JsonPropertyDescription("The candidates in order; of large batches the first hundred.") @Size(max = 100)
        List<CandidateStatus> candidates,

        @JsonPropertyDescription("Ready once the batch is recorded.") @Size(max = 8)
        List<Condition> conditions) {

    public MergeGenerationStatus {
        candidates = Lists.copy(candidates);
        conditions = Lists.copy(conditions);
    }

    /** A batch in one word. */
    public enum State {
        Running,
        Recorded
    }

    /** One candidate. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record CandidateStatus(
            @JsonPropertyDescription("The candidate.") @Size(max = 64)
            String id,

            @JsonPropertyDescription("A value per objective; none if the candidate failed.") @Size(max = 12)
            List<@Size(max = 32) String> fitness,

            @JsonPropertyDescription("Why it failed.") @Size(max = 64)
            String failure) {

        public CandidateStatus {
            fitness = Lists.copy(fitness);
        }
    }
}
