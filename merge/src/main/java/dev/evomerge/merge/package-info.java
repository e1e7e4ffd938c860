/**
 * Merging: what a recipe means for given models, tensor by tensor, in memory ({@link dev.evomerge.merge.CandidateMerger}) or from
 * storage to storage. Sums are taken in 32 bits whatever the types of sources and output, and the same recipe gives the same bytes on
 * any number of threads.
 */
package dev.evomerge.merge;
