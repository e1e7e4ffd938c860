package dev.evomerge.contract;

import dev.evomerge.recipe.Recipe;
import java.util.Optional;

/**
 * A model that recipes name: a folder in the Hugging Face layout, or (a stage's winner) a recipe over other models of the same manifest.
 *
 * @param uri    the folder's URI; empty when {@code recipe} is given
 * @param recipe how to make it from other models; empty when {@code uri} is given
 */
public record ModelRef(Optional<String> uri, Optional<Recipe> recipe) {

    public ModelRef {
        if (uri.isPresent() == recipe.isPresent()) {
            throw new ContractException(
                    "a model has either a uri or a recipe, found " + (uri.isPresent() ? "both" : "neither"));
        }
    }

    public static ModelRef madeBy(Recipe recipe) {
        return new ModelRef(Optional.empty(), Optional.of(recipe));
    }

    public static ModelRef at(String uri) {
        return new ModelRef(Optional.of(uri), Optional.empty());
    }
}
