package dev.evomerge.search;

import dev.evomerge.recipe.MergeMethod;
import java.util.List;
import java.util.Optional;

/** What a genome means: how its numbers become a recipe. */
public sealed interface Space {

    /**
     * Parameter space: per model and layer group a weight and, where the method has one, a density.
     *
     * @param method         the merge method
     * @param models         the models to mix, in the order of the genome
     * @param layersPerGroup consecutive layers that share parameters; empty for one group over the whole model
     * @param weight         bounds of a weight
     * @param density        bounds of a density, within (0, 1]
     * @param normalize      whether weights are divided by their sum; off in the paper
     */
    record ParameterSpace(
            MergeMethod method,
            List<String> models,
            Optional<Integer> layersPerGroup,
            Bounds weight,
            Bounds density,
            boolean normalize)
            implements Space {}

    /** A closed interval of values, {@code low < high}. */
    record Bounds(double low, double high) {}
}
