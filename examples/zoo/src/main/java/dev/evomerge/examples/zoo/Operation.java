package dev.evomerge.examples.zoo;

import java.util.List;
import java.util.function.IntBinaryOperator;

/** A calculation, and the ways to ask for it; {@code {a}} and {@code {b}} stand for the operands. */
enum Operation {
    PLUS(
            "+",
            (a, b) -> a + b,
            List.of("what is {a} plus {b}?", "add {b} to {a}?", "{a} and {b} more is?"),
            List.of("{a}たす{b}は？", "{a}に{b}を加えると？", "{a}と{b}の和は？")),
    MINUS(
            "-",
            (a, b) -> a - b,
            List.of("what is {a} minus {b}?", "take {b} from {a}?", "{a} less {b} is?"),
            List.of("{a}ひく{b}は？", "{a}から{b}を取ると？", "{a}と{b}の差は？")),
    TIMES(
            "*",
            (a, b) -> a * b,
            List.of("what is {a} times {b}?", "multiply {a} by {b}?", "{b} lots of {a} is?"),
            List.of("{a}かける{b}は？", "{a}の{b}倍は？", "{a}が{b}個で？", "{a}と{b}の積は？", "{a}円を{b}枚で？", "{a}人が{b}組で？"));

    private final String sign;
    private final IntBinaryOperator result;
    private final List<String> english;
    private final List<String> japanese;

    Operation(String sign, IntBinaryOperator result, List<String> english, List<String> japanese) {
        this.sign = sign;
        this.result = result;
        this.english = english;
        this.japanese = japanese;
    }

    List<String> phrasings(Language language) {
        return switch (language) {
            case ENGLISH -> english;
            case JAPANESE -> japanese;
        };
    }

    int apply(int a, int b) {
        return result.applyAsInt(a, b);
    }

    /** The calculation in digits, up to the equals sign. */
    String expression(int a, int b) {
        return a + sign + b + "=";
    }

    /** What is written between the expression and the answer: the result in digits, of long products with the step before it. */
    String working(int a, int b) {
        int result = apply(a, b);
        return this == TIMES && a >= 10 ? a / 10 * 10 * b + "+" + a % 10 * b + "=" + result : String.valueOf(result);
    }
}
