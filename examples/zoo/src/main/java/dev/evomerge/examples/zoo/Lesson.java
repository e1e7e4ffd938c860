package dev.evomerge.examples.zoo;

import java.util.List;

/**
 * What a model is trained on, and how.
 *
 * @param shares       the parts of each batch, and the examples that they are drawn from
 * @param steps        how many batches
 * @param batch        examples in a batch
 * @param learningRate the highest rate: it rises over {@code warmUp} steps, then falls to nothing along a cosine
 * @param weightDecay  of the matrices
 */
record Lesson(List<Share> shares, int steps, int batch, double learningRate, int warmUp, double weightDecay) {

    /**
     * A part of each batch.
     *
     * @param fraction of the batch, from 0 to 1
     */
    record Share(double fraction, List<Example> examples) {}

    private static final double LOWEST = 0.02;

    /** The learning rate of a step, the first of which is 1. */
    double learningRate(int step) {
        double rise = Math.min(1, (double) step / warmUp);
        double fall = (1 + Math.cos(Math.PI * (step - 1) / steps)) / 2;
        return learningRate * Math.max(LOWEST, rise * fall);
    }
}
