package dev.evomerge.recipe;

import java.util.SortedSet;

/** How one model is made from others: by mixing their weights, or by routing tokens through their layers. */
public sealed interface Recipe permits WeightMerge, LayerPath {

    /** The names of all models that the recipe reads, the base included, in lexical order. */
    SortedSet<String> models();
}
