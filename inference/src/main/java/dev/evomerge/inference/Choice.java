package dev.evomerge.inference;

import dev.evomerge.inference.torch.Value;

/**
 * What a program needs to choose tokens.
 *
 * @param isGreedy whether it is the highest logit
 * @param drawing penalty, temperature, top-k and top-p; empty for greedy
 * @param seen    which tokens each sequence holds: {@code [sequences, vocabulary]}
 * @param draws   numbers from [0, 1): {@code [steps, sequences]}
 */
record Choice(boolean isGreedy, Value drawing, Value seen, Value draws) implements AutoCloseable {

    /** The highest logit. */
    static Choice greedy() {
        return new Choice(true, Value.ofDoubles(), Value.tensor(new float[1], 1, 1), Value.tensor(new float[1], 1, 1));
    }

    static Choice of(Drawing drawing, boolean[] seen, float[] draws, int sequences) {
        return new Choice(
                false,
                Value.ofDoubles(drawing.repetitionPenalty(), drawing.temperature(), drawing.topK(), drawing.topP()),
                Value.tensor(seen, sequences, seen.length / sequences),
                Value.tensor(draws, draws.length / sequences, sequences));
    }

    @Override
    public void close() {
        drawing.close();
        seen.close();
        draws.close();
    }
}
