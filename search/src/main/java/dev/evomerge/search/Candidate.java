package dev.evomerge.search;

import dev.evomerge.recipe.Recipe;

/**
 * A merge to be scored.
 *
 * @param id     unique in its experiment and the same in every replay: {@code g0003-c07}, {@code source-japanese}, {@code uniform-soup}
 * @param recipe how to make it
 */
public record Candidate(String id, Recipe recipe) {}
