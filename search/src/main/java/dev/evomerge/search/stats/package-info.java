/** Statistics of scores over questions: intervals, paired tests, corrections for choosing the best. */
package dev.evomerge.search.stats;
