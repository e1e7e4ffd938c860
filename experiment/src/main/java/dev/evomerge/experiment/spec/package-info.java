/** From a custom resource to the terms of search and contract. Pure: no I/O. */
package dev.evomerge.experiment.spec;
