/**
 * Experiments, reconciled: {@code Observer} looks at cluster and storage, {@code Decision} is a pure function of what was seen, and {@code Actor}
 * carries out the plan. {@code Reason} lists everything that a condition can say.
 */
package dev.evomerge.operator.experiment;
