/**
 * What the operator and an evaluator tell each other, version {@value dev.evomerge.contract.CandidateManifest#API_VERSION}: the candidate
 * manifest that a pod is given, the results that it writes, and its termination message. Documented in {@code docs/evaluator.md}; an
 * evaluator of another make keeps the same contract.
 */
package dev.evomerge.contract;
