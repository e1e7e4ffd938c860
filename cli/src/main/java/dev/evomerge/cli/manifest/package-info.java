/** A MergeExperiment as it lies in a file: read, completed with the API's defaults, and checked by the API server's rules without one. */
package dev.evomerge.cli.manifest;
