/**
 * What a {@code MergeExperiment} means, without a cluster: the search that it asks for, the manifests that evaluators get, what is checked before
 * the first pod, and the history in storage. The operator and the {@code evomerge} command both work from here.
 */
package dev.evomerge.experiment;
