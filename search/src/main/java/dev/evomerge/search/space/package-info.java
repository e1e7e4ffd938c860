/** Encodings: from a genome, numbers that an optimizer moves, to a recipe, and back. */
package dev.evomerge.search.space;
