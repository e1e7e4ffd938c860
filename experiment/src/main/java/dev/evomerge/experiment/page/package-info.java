/** The report page of an experiment, made from its history in storage. */
package dev.evomerge.experiment.page;
