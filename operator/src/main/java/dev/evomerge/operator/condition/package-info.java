/** What an experiment's conditions say: documented in {@code docs/conditions.md}. */
package dev.evomerge.operator.condition;
