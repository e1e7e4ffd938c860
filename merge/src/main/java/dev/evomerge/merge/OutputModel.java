package dev.evomerge.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.evomerge.merge.safetensors.DType;
import dev.evomerge.merge.safetensors.TensorSource;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.WeightMerge;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** What a recipe makes of given models, planned from headers and configurations only. */
interface OutputModel {

    /** Every output tensor, in lexical order of names. */
    List<OutputTensor> tensors();

    /** The output's config.json. */
    ObjectNode config();

    /** Files that belong to it beside config.json, by name: the program that runs it. */
    default SortedMap<String, byte[]> files() {
        return Collections.emptySortedMap();
    }

    /** The output's vocabulary where it joins those of its sources; empty where it has that of one of them. */
    default Optional<Vocabulary> union() {
        return Optional.empty();
    }

    /**
     * Plans a recipe.
     *
     * @param models every model of the recipe, by name
     * @param dtype  what the tensors of a layer path are converted to; empty: nothing is. A merge of weights says so itself
     * @throws MergeException with everything that does not fit
     */
    static OutputModel of(Recipe recipe, Map<String, ? extends TensorSource> models, Optional<DType> dtype) {
        return switch (recipe) {
            case WeightMerge merge -> MergePlan.of(merge, models);
            case LayerPath path -> LayerPathPlan.of(path, models, dtype);
        };
    }
}
