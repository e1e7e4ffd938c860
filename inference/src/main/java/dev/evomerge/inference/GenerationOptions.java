package dev.evomerge.inference;

import java.util.List;

/**
 * How answers are generated.
 *
 * @param maxNewTokens the most tokens of an answer, ≥ 1
 * @param stop         strings that end an answer; they are not part of it
 * @param endOfText    tokens that end an answer
 * @param batchSize    how many answers are generated at once, ≥ 1
 * @param drawing      how each token is chosen
 * @param beams        how many answers a beam search keeps, ≥ 1; 1 for none. Beams are greedy
 */
public record GenerationOptions(
        int maxNewTokens, List<String> stop, List<Integer> endOfText, int batchSize, Drawing drawing, int beams) {

    private static final int DEFAULT_BATCH = 64;

    public GenerationOptions {
        stop = List.copyOf(stop);
        endOfText = List.copyOf(endOfText);
        if (maxNewTokens < 1 || batchSize < 1) {
            throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + " and batchSize is " + batchSize
                    + ", expected both to be at least 1");
        }
        if (beams < 1 || beams > 1 && !drawing.isGreedy()) {
            throw new IllegalArgumentException("beams is " + beams + " with " + drawing
                    + ", expected at least 1, and greedy choice where it is more");
        }
        if (stop.contains("")) {
            throw new IllegalArgumentException("a stop string is empty");
        }
    }

    /** Greedy answers of a model, ended by its own end-of-text tokens. */
    public static GenerationOptions greedy(CausalModel model, int maxNewTokens) {
        return new GenerationOptions(
                maxNewTokens, List.of(), model.config().endOfText(), DEFAULT_BATCH, Drawing.GREEDY, 1);
    }

    public GenerationOptions withStop(List<String> strings) {
        return new GenerationOptions(maxNewTokens, strings, endOfText, batchSize, drawing, beams);
    }

    public GenerationOptions withEndOfText(List<Integer> tokens) {
        return new GenerationOptions(maxNewTokens, stop, tokens, batchSize, drawing, beams);
    }

    public GenerationOptions withBatchSize(int size) {
        return new GenerationOptions(maxNewTokens, stop, endOfText, size, drawing, beams);
    }

    public GenerationOptions withDrawing(Drawing how) {
        return new GenerationOptions(maxNewTokens, stop, endOfText, batchSize, how, beams);
    }

    public GenerationOptions withBeams(int count) {
        return new GenerationOptions(maxNewTokens, stop, endOfText, batchSize, drawing, count);
    }
}
