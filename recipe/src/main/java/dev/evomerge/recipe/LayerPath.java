package dev.evomerge.recipe;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A merge in data flow space: tokens pass through the layers of several models in a given order; weights stay as they are.
 *
 * <p>The scale of a hop multiplies the pending block output (the residual delta of the previous hop) as it enters the layer, not the
 * accumulated residual stream; the same layer may be visited twice with two scales (arXiv 2403.13187).
 *
 * @param embeddings the model that gives tokenizer, embeddings, final norm and head
 * @param hops       the layers that a token passes, in order; at least one
 */
public record LayerPath(String embeddings, List<Hop> hops) implements Recipe {

    /**
     * One visit of a layer.
     *
     * @param model the layer's model
     * @param layer the layer's index in it, from 0
     * @param scale multiplies what enters the layer from the hop before; 1 leaves it as it is
     */
    public record Hop(String model, int layer, double scale) {}

    public LayerPath {
        hops = List.copyOf(hops);
        if (hops.isEmpty()) {
            throw new RecipeException("a layer path needs at least one hop, found none");
        }
    }

    @Override
    public SortedSet<String> models() {
        var names = new TreeSet<String>();
        names.add(embeddings);
        hops.forEach(hop -> names.add(hop.model()));
        return names;
    }
}
