/**
 * The search: from a specification and the results so far to the next candidates.
 *
 * <p>{@link dev.evomerge.search.Search#next} is a pure function of (specification, history): no I/O, no clock, no threads, and the same
 * arguments give the same answer bit for bit on every machine. That is what makes an experiment survive any crash.
 */
package dev.evomerge.search;
