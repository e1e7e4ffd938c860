/**
 * Data sets, questions and expected answers, and the prompts that are made of them: read and checked the same by the operator, before any pod
 * starts, and by the evaluator.
 */
package dev.evomerge.contract.data;
