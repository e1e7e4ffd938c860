package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What became of an experiment; at most 8 KiB. Decimal numbers are strings. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record MergeExperimentStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        Long observedGeneration,

        @JsonPropertyDescription("In one word.") State state,

        @JsonPropertyDescription("The batch that is being evaluated: g0000, g0001, ...") @Size(max = 16)
        String batch,

        @JsonPropertyDescription("The stage that is being searched.") @Size(max = 64)
        String stage,

        @JsonPropertyDescription("How many candidates were evaluated, baselines and finalists included.")
        Evaluations evaluations,

        @JsonPropertyDescription(
                "What the experiment may cost at most, computed from headers and configurations before the first pod.")
        Budget budget,

        @JsonPropertyDescription("The best candidate so far, on the search questions.")
        Best best,

        @JsonPropertyDescription("The folder with the experiment's history.") @Size(max = 2048)
        String history,

        @JsonPropertyDescription("Why the search stopped.") @Size(max = 512)
        String stop,

        @JsonPropertyDescription("The exported model.") Winner winner,

        @JsonPropertyDescription(
                "The candidate of spec.output.pick, once it is being exported; left out for the search's own pick.")
        @Size(max = 64)
        String pick,

        @JsonPropertyDescription(
                "With several objectives: finalists that no other beats in all of them; any of them can be named in spec.output.pick.")
        @Size(max = 32)
        List<FrontMember> front,

        @JsonPropertyDescription("The report, one HTML page; written anew with every batch.") @Size(max = 2048)
        String report,

        @JsonPropertyDescription("Baselines and finalists on questions that the search never saw, best first.")
        @Size(max = 64)
        List<Standing> table,

        @JsonPropertyDescription("How often the current batch was begun anew because no evaluator could work.")
        Integer retries,

        @JsonPropertyDescription("When the search began (RFC 3339).") @Size(max = 40)
        String startTime,

        @JsonPropertyDescription("When the experiment ended (RFC 3339).") @Size(max = 40)
        String completionTime,

        @JsonPropertyDescription("Ready, Succeeded; Reconciling and Stalled only while true. See docs/conditions.md.")
        @Size(max = 8)
        List<Condition> conditions) {

    public MergeExperimentStatus {
        front = Lists.copy(front);
        table = Lists.copy(table);
        conditions = Lists.copy(conditions);
    }

    /** An experiment in one word. */
    public enum State {
        Pending,
        Searching,
        Exporting,
        Suspended,
        Stalled,
        Succeeded,
        Failed
    }

    /** Counts of candidates. */
    public record Evaluations(
            @JsonPropertyDescription("Candidates with a score.")
            Integer scored,

            @JsonPropertyDescription("Candidates that failed.")
            Integer failed,

            @JsonPropertyDescription(
                    "Candidates that the stages may evaluate; left out where only generations are bounded.")
            Integer budget) {}

    /** Upper bounds: stages may stop early, and answers are mostly shorter than they may be. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Budget(
            @JsonPropertyDescription(
                    "Memory of an evaluator pod for weights and caches, a Kubernetes quantity; left out if the models do not say enough.")
            @Size(max = 32)
            String podMemory,

            @JsonPropertyDescription("What a pod reads of models when it starts, a Kubernetes quantity.")
            @Size(max = 32)
            String podReads,

            @JsonPropertyDescription("Candidates, baselines and finalists included.")
            Integer candidates,

            @JsonPropertyDescription("Answers to generate in all.")
            Long questions,

            @JsonPropertyDescription("Tokens to generate in all.")
            Long tokens,

            @JsonPropertyDescription("Answers to generate in the largest generation.")
            Long questionsPerGeneration,

            @JsonPropertyDescription("Tokens to generate in the largest generation.")
            Long tokensPerGeneration,

            @JsonPropertyDescription(
                    "Hours that the largest generation takes at the rate of those so far; left out before the first.")
            @Size(max = 32)
            String hoursPerGeneration) {}

    /** A candidate and its score on the first objective. */
    public record Best(
            @Size(max = 64) String candidate,
            @Size(max = 32) String score) {}

    /** The exported model. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Winner(
            @JsonPropertyDescription("The winning candidate.") @Size(max = 64)
            String candidate,

            @JsonPropertyDescription("Why it is this one.") @Size(max = 256)
            String why,

            @JsonPropertyDescription("The model's folder; left out until it is exported.") @Size(max = 2048)
            String uri,

            @JsonPropertyDescription("The SHA-256 of the model: of the list of its files' digests.") @Size(max = 64)
            String sha256,

            @JsonPropertyDescription("How it was made: mergekit's YAML as one line of JSON; left out if it is long.")
            @Size(max = 2048)
            String recipe,

            @JsonPropertyDescription("Where the recipe lies.") @Size(max = 2048)
            String recipeUri,

            @JsonPropertyDescription("Its score on the selection questions, on which it was chosen.") @Size(max = 32)
            String selection,

            @JsonPropertyDescription("Its score on the test questions, on which nothing was chosen.")
            TestScore test) {}

    /** A member of the Pareto front. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record FrontMember(
            @Size(max = 64) String candidate,

            @JsonPropertyDescription(
                    "Its scores, in the order of spec.objectives, on the questions that the winner was chosen on.")
            @Size(max = 4)
            List<@Size(max = 32) String> objectives) {

        public FrontMember {
            objectives = Lists.copy(objectives);
        }
    }

    /** A score and its 95 % interval. */
    public record TestScore(
            @Size(max = 32) String score,
            @Size(max = 32) String low,
            @Size(max = 32) String high) {}

    /** A line of the table. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Standing(
            @Size(max = 64) String candidate,
            @Size(max = 32) String search,
            @Size(max = 32) String selection,
            @Size(max = 32) String test,
            @Size(max = 32) String low,
            @Size(max = 32) String high) {}
}
