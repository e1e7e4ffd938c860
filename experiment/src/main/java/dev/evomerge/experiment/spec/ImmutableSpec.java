package dev.evomerge.experiment.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.contract.Sha256;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import java.util.List;

/**
 * The part of a spec that cannot change, as canonical JSON: what an experiment's folder in storage is named by.
 *
 * @param json keys sorted, no white space
 */
public record ImmutableSpec(byte[] json) {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .build();

    public static ImmutableSpec of(MergeExperimentSpec spec) {
        ObjectNode tree = MAPPER.valueToTree(spec);
        tree.remove(List.of("suspend", "queueName", "deletionPolicy"));
        ((ObjectNode) tree.get("output")).remove("pick");
        ((ObjectNode) tree.get("evaluation")).retain("tasks");
        for (JsonNode stage : tree.get("stages")) {
            ((ObjectNode) stage).remove("budget");
        }
        try {
            return new ImmutableSpec(MAPPER.writeValueAsBytes(tree));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes can always be written", e);
        }
    }

    /** The experiment's folder below {@code spec.storage.uri}: {@code <namespace>/<name>/<first 12 digits of the SHA-256>}. */
    public String folder(MergeExperiment experiment) {
        return experiment.getMetadata().getNamespace() + "/"
                + experiment.getMetadata().getName() + "/"
                + Sha256.of(json).substring(0, 12);
    }
}
