package dev.evomerge.inference;

/**
 * How a token is chosen, in transformers' order: penalty, temperature, top-k, top-p.
 *
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that the prompt or the answer holds (arXiv 1909.05858); 1 for
 *                          none
 * @param temperature       divides the logits; 0 takes the highest
 * @param topK              draws from so many tokens of highest probability; 0 for all
 * @param topP              draws from the fewest tokens whose probabilities reach this sum, in (0, 1]
 * @param seed              of the draws; the draw of an answer's token depends on the seed, the prompt's index and the token's alone
 */
public record Drawing(double repetitionPenalty, double temperature, int topK, double topP, long seed) {

    /** The highest logit, always. */
    public static final Drawing GREEDY = new Drawing(1, 0, 0, 1, 0);

    public Drawing {
        if (!(repetitionPenalty > 0) || !(temperature >= 0) || topK < 0 || !(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("repetition penalty " + repetitionPenalty + ", temperature "
                    + temperature + ", top-k " + topK + ", top-p " + topP + ": expected > 0, ≥ 0, ≥ 0, in (0, 1]");
        }
    }

    /** Draws from the whole distribution. */
    public static Drawing sampled(double temperature, long seed) {
        return new Drawing(1, temperature, 0, 1, seed);
    }

    public Drawing withRepetitionPenalty(double penalty) {
        return new Drawing(penalty, temperature, topK, topP, seed);
    }

    public Drawing withTop(int k, double p) {
        return new Drawing(repetitionPenalty, temperature, k, p, seed);
    }

    boolean isGreedy() {
        return temperature == 0 && repetitionPenalty == 1;
    }

    /** A number from [0, 1): SplitMix64 (doi 10.1145/2660193.2660195) of its place, so that it does not depend on the batch. */
    float draw(int prompt, int token) {
        long z = seed + 0x9e3779b97f4a7c15L * (((long) prompt << 32 | token) + 1);
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return ((z ^ z >>> 31) >>> 40) * 0x1p-24f;
    }
}
