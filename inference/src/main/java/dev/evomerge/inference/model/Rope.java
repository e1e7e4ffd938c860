package dev.evomerge.inference.model;

import java.util.List;

/**
 * A rotary position embedding (arXiv 2104.09864): feature pair i of a head turns by position × frequency i.
 *
 * @param frequencies  radians per position of each pair, in float32 as transformers computes them
 * @param longer       frequencies for contexts longer than {@code switchAt}; equal to {@code frequencies} where there is one set only
 * @param switchAt     the longest context of {@code frequencies}
 * @param amplitude    multiplies sine and cosine
 */
public record Rope(List<Float> frequencies, List<Float> longer, int switchAt, double amplitude) {

    public Rope {
        frequencies = List.copyOf(frequencies);
        longer = List.copyOf(longer);
    }

    /** How many features of a head turn; the others pass as they are. */
    public int width() {
        return 2 * frequencies.size();
    }

    /** Cosines and sines. */
    public record Tables(float[] cos, float[] sin) {}

    /**
     * The tables for positions 0 to {@code rows} − 1: {@code rows × width}, the pair's value in both halves of a row. The sines of
     * the first half are negated, so that a rotation is {@code x·cos + roll(x, width/2)·sin}.
     *
     * @param longest the longest sequence that they are for, ≤ {@code rows}
     */
    public Tables tables(int longest, int rows) {
        List<Float> turns = longest > switchAt ? longer : frequencies;
        int half = turns.size();
        float[] cos = new float[rows * 2 * half];
        float[] sin = new float[cos.length];
        for (int position = 0; position < rows; position++) {
            for (int i = 0; i < half; i++) {
                double angle = (float) position * turns.get(i);
                int at = position * 2 * half + i;
                cos[at] = cos[at + half] = (float) ((float) Math.cos(angle) * amplitude);
                sin[at + half] = (float) ((float) Math.sin(angle) * amplitude);
                sin[at] = -sin[at + half];
            }
        }
        return new Tables(cos, sin);
    }
}
