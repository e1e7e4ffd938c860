/**
 * The vocabulary of merging: what is merged, by which method, with which parameters.
 *
 * <p>A {@link dev.evomerge.recipe.Recipe} names models and never says where they lie, so the same recipe serves a search, an
 * evaluator and the command line. Its written form is mergekit's YAML (or the same tree as JSON), with one key of our own
 * for layer paths. This room depends on nothing of ours and does no I/O.
 */
package dev.evomerge.recipe;
