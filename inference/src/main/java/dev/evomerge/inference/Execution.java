package dev.evomerge.inference;

import java.util.List;

/**
 * What carries tokens through a path of layers: {@link CpuExecution} by kernels of our own, {@link ProgramExecution} by a program of PyTorch's. Sequences
 * lie in slots, which keep the keys and values of what was read.
 */
sealed interface Execution extends AutoCloseable permits CpuExecution, ProgramExecution {

    /** Makes room for so many sequences of so many tokens each; what the slots held is lost. */
    void reserve(int slots, int positions);

    /**
     * Reads prompts into slots and chooses each one's next token.
     *
     * @param slot   the first of the slots, one per prompt
     * @param past   how many leading tokens the slots already hold
     * @param choice how the next token is chosen
     * @return the tokens chosen; −1 where logits are not finite
     */
    long[] prefill(int slot, int past, List<int[]> prompts, Choice choice);

    /**
     * Goes on in slots 0 to n − 1.
     *
     * @param tokens  each slot's newest token, not yet read
     * @param lengths how many tokens each slot holds
     * @param steps   the most steps
     * @param ends    tokens that end a sequence
     * @param enough  stop once so many sequences have ended; they go on until then
     * @param choice  how tokens are chosen
     * @return steps × n tokens, step by step; −1 where logits were not finite
     */
    long[] decode(long[] tokens, long[] lengths, int steps, long[] ends, int enough, Choice choice);

    /**
     * Reads sequences of one length into the first slots and ranks each one's next tokens.
     *
     * @param past  how many leading tokens the slots already hold
     * @param count how many tokens are ranked
     * @return for each sequence {@code count} log probabilities, the highest first, then their tokens
     */
    float[] rank(int past, List<int[]> sequences, int count);

    /** Copies the first {@code length} positions of slots to other slots. */
    void move(long[] source, long[] target, int length);

    /** The logits of every position, in float32: {@code length × vocabulary}. What the slots held is lost. */
    float[] logits(int... tokens);

    /** The natural logarithms of each token's probability after those before it, from the second token on. What the slots held is lost. */
    float[] logProbabilities(int... tokens);

    /** Where the first number that is not finite comes up: a hop, or one of {@link CausalModel}'s constants. What the slots held is lost. */
    int firstNonFinite(int... tokens);

    @Override
    void close();
}
