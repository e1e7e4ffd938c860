/** The metrics of {@code docs/metrics.md}: what is seen while reconciling, as series for Prometheus. Nothing here influences a search. */
package dev.evomerge.operator.metrics;
