package dev.evomerge.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What is evaluated. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(value = "self == oldSelf", message = "a MergeGeneration is a record of the operator and immutable")
public record MergeGenerationSpec(
        @JsonPropertyDescription("The experiment that it belongs to.") @Required @Size(max = 63)
        String experiment,

        @JsonPropertyDescription("The batch's number, from 0.") @Required @Min(0)
        Integer batch,

        @JsonPropertyDescription("What the batch is for.") @Required
        Kind kind,

        @JsonPropertyDescription("The stage that asked; left out for baselines and finalists.") @Size(max = 64)
        String stage,

        @JsonPropertyDescription("How many candidates there are.") @Required @Min(1)
        Integer candidates,

        @JsonPropertyDescription("How many pods share them.") @Required @Min(1)
        Integer shards,

        @JsonPropertyDescription("The candidate manifest.") @Required
        Manifest manifest) {

    /** What a batch is for. */
    public enum Kind {
        Baselines,
        Generation,
        Finalists
    }

    /** An object in storage. */
    public record Manifest(
            @Required @Size(max = 2048) String uri,
            @Required @Size(max = 64) @Pattern(Api.SHA256) String sha256) {}
}
