package dev.evomerge.examples.zoo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Something to learn from: a question, and the pieces that the model is to write after it.
 *
 * @param question what the model is given
 * @param pieces   what follows, in order; those that are {@linkplain Piece#given given} are read but not learnt
 */
record Example(String question, List<Piece> pieces) {

    /**
     * A piece of an answer.
     *
     * @param given whether it is left out of the loss
     */
    record Piece(String text, boolean given) {
        static Piece learnt(String text) {
            return new Piece(text, false);
        }

        static Piece given(String text) {
            return new Piece(text, true);
        }
    }

    static Example of(String question, Piece... pieces) {
        return new Example(question, List.of(pieces));
    }

    /** What the model writes when it has learnt this. */
    String response() {
        return String.join("", pieces.stream().map(Piece::text).toList());
    }

    /** The part of the response that counts: what follows its last colon. */
    String answer() {
        String response = response();
        return response.substring(response.lastIndexOf(':') + 1);
    }

    /** An example as tokens: position {@code i} reads {@code input[i]} and, where {@code target[i]} ≥ 0, learns to write that. */
    record Tokens(long[] input, long[] target) {}

    Tokens encode(Vocabulary vocabulary) {
        var ids = new ArrayList<Integer>();
        var learnt = new ArrayList<Boolean>();
        ids.add(Vocabulary.BEGIN);
        vocabulary.encode(question).forEach(ids::add);
        learnt.addAll(Collections.nCopies(ids.size(), false));
        for (Piece piece : pieces) {
            for (int id : vocabulary.encode(piece.text())) {
                ids.add(id);
                learnt.add(!piece.given());
            }
        }
        ids.add(Vocabulary.END);
        learnt.add(true);
        int length = ids.size() - 1;
        var input = new long[length];
        var target = new long[length];
        Arrays.setAll(input, ids::get);
        Arrays.setAll(target, i -> learnt.get(i + 1) ? ids.get(i + 1) : -1);
        return new Tokens(input, target);
    }
}
