/** An experiment's folder in storage: the truth about what has been asked and what came out. */
package dev.evomerge.experiment.archive;
