package dev.evomerge.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** A family of models: reads its config.json. A new family is one implementation, an entry here, and a fixture. */
interface Family {

    /** By the first entry of {@code architectures}. */
    Map<String, Family> BY_ARCHITECTURE = Map.of("LlamaForCausalLM", new Llama());

    ModelConfig read(ConfigJson config);

    /**
     * Reads any family's configuration.
     *
     * @param name where it lies, for messages
     * @throws UnsupportedModelException if the family, or something in its configuration, is not one of those that run here
     */
    static ModelConfig read(String name, JsonNode json) {
        var config = new ConfigJson(name + ": config.json", json);
        List<String> architectures = config.texts("architectures");
        String architecture = architectures.isEmpty() ? "missing" : architectures.getFirst();
        Family family = BY_ARCHITECTURE.get(architecture);
        if (family == null) {
            throw config.refuse("the architecture is " + architecture + ", expected one of "
                    + String.join(
                            ", ", BY_ARCHITECTURE.keySet().stream().sorted().toList()));
        }
        if (config.object("quantization_config").isPresent()) {
            throw config.refuse("the model is quantized, expected plain bfloat16, float16 or float32 weights");
        }
        try {
            return family.read(config);
        } catch (IllegalArgumentException e) {
            throw config.refuse(e.getMessage());
        }
    }
}
