/**
 * The evaluator program, and its parts for use in another process: {@link dev.evomerge.evaluator.Task tasks} and how their answers are
 * {@linkplain dev.evomerge.evaluator.Scorer scored}, {@link dev.evomerge.evaluator.Sources models by recipe names}, and
 * {@link dev.evomerge.evaluator.CandidateEvaluator candidates} merged in memory and asked.
 */
package dev.evomerge.evaluator;
