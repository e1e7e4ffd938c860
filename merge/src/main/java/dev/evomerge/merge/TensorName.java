package dev.evomerge.merge;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tensor's name, taken apart at its layer's number: {@code model.layers.12.mlp.up_proj.weight}.
 *
 * @param before what comes before the number
 * @param layer  the number; empty for tensors that belong to no layer
 * @param after  what comes behind it; empty for tensors that belong to no layer
 */
record TensorName(String before, OptionalInt layer, String after) {

    private static final Pattern LAYER =
            Pattern.compile("^((?:.*?\\.)?(?:layers|h|blocks|block)\\.)(\\d{1,6})(\\..+)$");

    static TensorName of(String name) {
        Matcher match = LAYER.matcher(name);
        return match.matches()
                ? new TensorName(match.group(1), OptionalInt.of(Integer.parseInt(match.group(2))), match.group(3))
                : new TensorName(name, OptionalInt.empty(), "");
    }

    /** The name of the same tensor in another layer. */
    String inLayer(int number) {
        return before + number + after;
    }

    /** Whether this tensor turns tokens into vectors, and so comes before the layers. */
    boolean isEmbedding() {
        return layer.isEmpty() && (before.contains("embed") || before.contains("wte") || before.contains("wpe"));
    }

    /** Whether its rows belong to the tokens of the vocabulary. */
    boolean hasVocabulary() {
        return layer.isEmpty()
                && (before.endsWith("embed_tokens.weight")
                        || before.endsWith("wte.weight")
                        || before.endsWith("lm_head.weight")
                        || before.endsWith("lm_head.bias"));
    }
}
