package dev.evomerge.inference;

import java.util.OptionalInt;

/** A model computed NaN or infinity: its weights are no model any more. */
public final class NonFiniteLogitsException extends InferenceException {

    private static final long serialVersionUID = 1L;

    private final int hop;

    NonFiniteLogitsException(String model, int hop) {
        super(model + ": the logits are not finite; " + began(hop));
        this.hop = hop;
    }

    private static String began(int hop) {
        return switch (hop) {
            case CausalModel.IN_EMBEDDING -> "it began in the embedding";
            case CausalModel.IN_HEAD -> "all layers' outputs are finite, it began in the final norm or the head";
            default -> "it began in layer " + hop;
        };
    }

    /** The layer (of a layer path: the hop) whose output was the first that is not finite; empty if it was the embedding or the head. */
    public OptionalInt layer() {
        return hop >= 0 ? OptionalInt.of(hop) : OptionalInt.empty();
    }
}
