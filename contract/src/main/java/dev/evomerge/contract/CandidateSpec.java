package dev.evomerge.contract;

import dev.evomerge.recipe.Recipe;

/**
 * One candidate.
 *
 * @param id     unique in its experiment; letters, digits, {@code -} and {@code .}
 * @param recipe how to make it
 */
public record CandidateSpec(String id, Recipe recipe) {}
