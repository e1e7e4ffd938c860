package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.TensorInfo;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Rescale;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one tensor of the output is made of.
 *
 * @param name       its name in the output
 * @param info       its type and shape there
 * @param method     how it is made
 * @param rescale    how thinned task vectors are rescaled
 * @param base       what task vectors start from
 * @param inputs     the other sources, in the recipe's order
 * @param parameters the method's own parameters, all of them
 * @param seed       the recipe's seed
 */
record OutputTensor(
        String name,
        TensorInfo info,
        MergeMethod method,
        Rescale rescale,
        Optional<Input> base,
        List<Input> inputs,
        Map<String, Double> parameters,
        long seed) {

    /**
     * A source's part.
     *
     * @param model      the model's name in the recipe
     * @param source     the model
     * @param tensor     the tensor's name in it
     * @param parameters the source's parameters, all of them
     */
    record Input(String model, TensorSource source, String tensor, Map<String, Double> parameters) {

        TensorInfo info() {
            return source.tensors().get(tensor);
        }

        float parameter(String name) {
            return parameters.get(name).floatValue();
        }
    }

    boolean isOn(String parameter) {
        return parameters.get(parameter) != 0;
    }

    /** The base, where there is one, then the other sources. */
    List<Input> all() {
        var all = new java.util.ArrayList<Input>();
        base.ifPresent(all::add);
        all.addAll(inputs);
        return all;
    }
}
