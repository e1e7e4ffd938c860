package dev.evomerge.recipe;

/** Layers {@code from} (inclusive) to {@code to} (exclusive), counted from 0. */
public record LayerRange(int from, int to) {

    public LayerRange {
        if (from < 0 || to <= from) {
            throw new RecipeException(
                    "a layer range is [from, to) with 0 ≤ from < to, found [" + from + ", " + to + ")");
        }
    }

    /** The number of layers. */
    public int size() {
        return to - from;
    }
}
