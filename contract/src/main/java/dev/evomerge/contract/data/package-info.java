/**
 * Data sets: questions and expected answers, read and checked the same by the operator, before any pod starts, and by the evaluator.
 */
package dev.evomerge.contract.data;
