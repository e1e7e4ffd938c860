package dev.evomerge.recipe;

import java.util.List;
import java.util.Map;

/**
 * Consecutive output layers and what they are merged from; every source contributes the same number of layers.
 *
 * @param sources    at least one
 * @param parameters parameters for all sources of this slice, weaker than a source's own
 */
public record Slice(List<Source> sources, Map<String, Parameter> parameters) {

    public Slice {
        sources = List.copyOf(sources);
        parameters = Map.copyOf(parameters);
        if (sources.isEmpty()) {
            throw new RecipeException("a slice needs at least one source, found none");
        }
    }
}
