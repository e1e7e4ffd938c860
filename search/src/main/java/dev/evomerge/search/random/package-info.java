/** Random draws that are the same bits on every machine: keyed streams, and distributions computed with exact or strict arithmetic only. */
package dev.evomerge.search.random;
