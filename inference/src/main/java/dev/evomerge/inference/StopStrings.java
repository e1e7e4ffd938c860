package dev.evomerge.inference;

import java.util.List;
import java.util.function.Function;

/**
 * Strings that end an answer and are not part of it.
 *
 * @param decode the text of tokens
 */
record StopStrings(List<String> strings, Function<List<Integer>, String> decode) {

    boolean isEmpty() {
        return strings.isEmpty();
    }

    boolean endIn(List<Integer> tokens) {
        return !isEmpty() && firstIn(decode.apply(tokens)) >= 0;
    }

    /** How many tokens an answer has that one of the strings ends: the fewest whose text holds it. */
    int tokensOf(List<Integer> answer) {
        int enough = 1;
        while (!endIn(answer.subList(0, enough))) {
            enough++;
        }
        return enough;
    }

    /** The text of an answer, up to the string that ends it. */
    String textOf(List<Integer> answer) {
        String text = decode.apply(answer);
        return text.substring(0, firstIn(text));
    }

    private int firstIn(String text) {
        return strings.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }
}
