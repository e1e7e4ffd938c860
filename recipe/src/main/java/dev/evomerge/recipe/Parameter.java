package dev.evomerge.recipe;

import java.util.List;
import java.util.Optional;

/** The value of a merge parameter, which may vary by layer and by tensor, as in mergekit. */
public sealed interface Parameter {

    /** One value everywhere; booleans are 1 and 0. */
    record Constant(double value) implements Parameter {}

    /** Values at equal distances over the layers, linearly interpolated between them; at least one. */
    record Gradient(List<Double> points) implements Parameter {
        public Gradient {
            points = List.copyOf(points);
            if (points.isEmpty()) {
                throw new RecipeException("a gradient needs at least one value, found none");
            }
        }
    }

    /** The value of the first rule that matches the tensor. */
    record Filtered(List<Rule> rules) implements Parameter {
        public Filtered {
            rules = List.copyOf(rules);
        }
    }

    /**
     * A value for some tensors.
     *
     * @param filter a part of the tensor's name ("self_attn", "mlp"), or empty for every tensor
     * @param value  a constant or a gradient
     */
    record Rule(Optional<String> filter, Parameter value) {}
}
