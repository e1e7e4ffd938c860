/** A mergekit-evolve configuration as a MergeExperiment. What has no counterpart is refused by name, all at once, never passed over. */
package dev.evomerge.cli.convert;
