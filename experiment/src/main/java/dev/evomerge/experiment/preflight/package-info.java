/** Checks that refuse an experiment before any pod starts. */
package dev.evomerge.experiment.preflight;
