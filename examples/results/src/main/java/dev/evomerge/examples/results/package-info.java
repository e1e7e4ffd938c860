/**
 * The paper's table in miniature: sources, hand-made merges, random search and evolved merges of the models in {@code examples/}, measured in one
 * process by the search of the operator and the evaluator of the pods.
 */
package dev.evomerge.examples.results;
