package dev.evomerge.recipe;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** The value of a merge parameter, which may vary by layer and by tensor, as in mergekit. */
public sealed interface Parameter {

    /**
     * The value for one tensor, or empty if no rule matches it.
     *
     * @param tensor the tensor's name
     * @param t      the layer's place in its slice, from 0 (first) to 1 (last); 0 for tensors that belong to no layer
     */
    OptionalDouble at(String tensor, double t);

    /** One value everywhere; booleans are 1 and 0. */
    record Constant(double value) implements Parameter {
        @Override
        public OptionalDouble at(String tensor, double t) {
            return OptionalDouble.of(value);
        }
    }

    /** Values at equal distances over the layers, linearly interpolated between them; at least one. */
    record Gradient(List<Double> points) implements Parameter {
        public Gradient {
            points = List.copyOf(points);
            if (points.isEmpty()) {
                throw new RecipeException("a gradient needs at least one value, found none");
            }
        }

        @Override
        public OptionalDouble at(String tensor, double t) {
            double scaled = t * (points.size() - 1);
            int left = (int) scaled;
            int right = Math.min(points.size() - 1, left + 1);
            double fraction = scaled - left;
            return OptionalDouble.of((1 - fraction) * points.get(left) + fraction * points.get(right));
        }
    }

    /** The value of the first rule that matches the tensor. */
    record Filtered(List<Rule> rules) implements Parameter {
        public Filtered {
            rules = List.copyOf(rules);
        }

        @Override
        public OptionalDouble at(String tensor, double t) {
            return rules.stream()
                    .filter(rule -> rule.filter().isEmpty()
                            || tensor.contains(rule.filter().get()))
                    .findFirst()
                    .map(rule -> rule.value().at(tensor, t))
                    .orElse(OptionalDouble.empty());
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
