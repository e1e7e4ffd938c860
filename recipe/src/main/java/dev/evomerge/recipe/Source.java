package dev.evomerge.recipe;

import java.util.Map;
import java.util.Optional;

/**
 * One model's part in a merge.
 *
 * @param model      the model's name
 * @param layers     which of its layers, or empty for all
 * @param parameters its own parameters, by mergekit's names ("weight", "density", …)
 */
public record Source(String model, Optional<LayerRange> layers, Map<String, Parameter> parameters) {

    public Source {
        parameters = Map.copyOf(parameters);
    }

    /** All layers of a model with constant parameters. */
    public static Source of(String model, Map<String, Double> constants) {
        var parameters = new java.util.HashMap<String, Parameter>();
        constants.forEach((name, value) -> parameters.put(name, new Parameter.Constant(value)));
        return new Source(model, Optional.empty(), parameters);
    }
}
