/**
 * A whole experiment on one machine without Kubernetes: the same search, preflight, history and export as the operator's, with evaluators as local
 * processes. Storage is the truth here, too: a run that is cut off at any moment goes on from there.
 */
package dev.evomerge.cli.local;
