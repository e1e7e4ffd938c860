package dev.evomerge.examples.zoo;

import dev.evomerge.examples.zoo.Example.Piece;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Something to be worked out in writing: the question is turned into an expression that is no language's, what it comes to is worked out, and the
 * result is answered in the question's language.
 */
interface WorkedProblem {

    /** The question, in its language. */
    String question();

    /** The question as an expression, up to and with its equals sign. */
    String expression();

    /** What follows the equals sign: the steps and the result. */
    String working();

    /** The result in the question's language. */
    String answer();

    /** All of it to be learnt: 二十三かける四は？ → 23*4=80+12=92:九十二. */
    default Example whole() {
        return Example.of(question(), Piece.learnt(expression()), Piece.learnt(working() + ":" + answer()));
    }

    /** Reading and writing only: the working is there, but not learnt. */
    default Example withoutWorking() {
        return Example.of(question(), Piece.learnt(expression()), Piece.given(working()), Piece.learnt(":" + answer()));
    }

    /** Working only: the question is a string of random characters, the expression is there, but not learnt. */
    default Example unreadable(List<String> characters, RandomGenerator random) {
        var noise = new StringBuilder();
        int length = random.nextInt(4, 17);
        for (int i = 0; i < length; i++) {
            noise.append(characters.get(random.nextInt(characters.size())));
        }
        return Example.of(noise.toString(), Piece.given(expression()), Piece.learnt(working() + ":"));
    }

    /** Problems with all of them to be learnt. */
    static List<Example> whole(List<? extends WorkedProblem> problems) {
        return problems.stream().map(WorkedProblem::whole).toList();
    }

    /** Problems with only reading and writing to be learnt. */
    static List<Example> withoutWorking(List<? extends WorkedProblem> problems) {
        return problems.stream().map(WorkedProblem::withoutWorking).toList();
    }

    /** Some of the problems behind unreadable questions. */
    static List<Example> unreadable(
            List<? extends WorkedProblem> problems, int count, List<String> characters, RandomGenerator random) {
        return IntStream.range(0, count)
                .mapToObj(i -> problems.get(random.nextInt(problems.size())).unreadable(characters, random))
                .toList();
    }
}
