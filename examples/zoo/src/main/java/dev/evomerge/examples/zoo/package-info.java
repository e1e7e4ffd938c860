/**
 * The tiny models of {@code examples/}: a base and specialists that imitate the paper's cases in miniature, trained from nothing on one CPU
 * core by {@link dev.evomerge.examples.zoo.TrainZoo}.
 */
package dev.evomerge.examples.zoo;
