package dev.evomerge.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import java.util.List;
import java.util.Map;

/** What a recipe makes of given models, planned from headers and configurations only. */
interface OutputModel {

    /** Every output tensor, in lexical order of names. */
    List<OutputTensor> tensors();

    /** The output's config.json. */
    ObjectNode config();

    /**
     * Plans a recipe.
     *
     * @param models every model of the recipe, by name
     * @throws MergeException with everything that does not fit
     */
    static OutputModel of(Recipe recipe, Map<String, ? extends TensorSource> models) {
        return switch (recipe) {
            case WeightMerge merge -> MergePlan.of(merge, models);
            case LayerPath path -> LayerPathPlan.of(path, models);
        };
    }
}
