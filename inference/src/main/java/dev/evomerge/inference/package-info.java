/**
 * Runs candidate models: {@link dev.evomerge.inference.ResidentModel} holds weights that a merge writes in place,
 * {@link dev.evomerge.inference.CausalModel} runs them as they are or along a layer path, and
 * {@link dev.evomerge.inference.Generator} answers prompts in batches.
 */
package dev.evomerge.inference;
