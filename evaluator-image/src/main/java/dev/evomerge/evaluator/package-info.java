/** The evaluator program. */
package dev.evomerge.evaluator;
