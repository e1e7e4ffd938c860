package dev.evomerge.recipe;

/** How a task vector is scaled after some of its entries were dropped. */
public enum Rescale {
    /** Not at all. */
    NONE,
    /** By 1/density, as in the DARE paper (arXiv 2311.03099); evomerge's default for random dropping. */
    INVERSE_DENSITY,
    /** So that the tensor's L1 norm stays what it was, as mergekit does for {@code rescale: true}. */
    L1_NORM;

    /** What a method does where nothing is said: the paper's rescaling for random dropping, else none. */
    public static Rescale defaultOf(MergeMethod method) {
        return method.isRandom() ? INVERSE_DENSITY : NONE;
    }
}
