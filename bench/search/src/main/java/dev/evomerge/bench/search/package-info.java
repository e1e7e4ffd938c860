/** Measurements of the search, each a program that prints a table or CSV; {@code bench/search/run} runs them beside their peers. */
package dev.evomerge.bench.search;
