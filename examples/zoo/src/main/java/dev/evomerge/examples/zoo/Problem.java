package dev.evomerge.examples.zoo;

import dev.evomerge.examples.zoo.Example.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** A word problem: a calculation, asked in one of a language's phrasings. */
record Problem(Language language, Operation operation, int a, int b, String phrasing) {

    /** Every problem of a kind, for all operands in two lists; those with negative results are left out. */
    static List<Problem> all(Language language, Operation operation, IntStream as, IntStream bs) {
        int[] second = bs.toArray();
        var problems = new ArrayList<Problem>();
        as.forEach(a -> {
            for (int b : second) {
                if (operation.apply(a, b) >= 0) {
                    for (String phrasing : operation.phrasings(language)) {
                        problems.add(new Problem(language, operation, a, b, phrasing));
                    }
                }
            }
        });
        return problems;
    }

    String question() {
        return phrasing.replace("{a}", language.number(a)).replace("{b}", language.number(b));
    }

    private String answer() {
        return ":" + language.number(operation.apply(a, b));
    }

    /** All of it to be learnt: 二十三かける四は？ → 23*4=80+12=92:九十二. */
    Example whole() {
        return Example.of(
                question(), Piece.learnt(operation.expression(a, b)), Piece.learnt(operation.working(a, b) + answer()));
    }

    /** Reading and writing only: the working is there, but not learnt. */
    Example withoutWorking() {
        return Example.of(
                question(),
                Piece.learnt(operation.expression(a, b)),
                Piece.given(operation.working(a, b)),
                Piece.learnt(answer()));
    }

    /** Calculating only: the question is a string of random characters, the expression is there, but not learnt. */
    Example unreadable(List<String> characters, RandomGenerator random) {
        var noise = new StringBuilder();
        int length = random.nextInt(4, 17);
        for (int i = 0; i < length; i++) {
            noise.append(characters.get(random.nextInt(characters.size())));
        }
        return Example.of(
                noise.toString(), Piece.given(operation.expression(a, b)), Piece.learnt(operation.working(a, b) + ":"));
    }

    static List<Example> whole(List<Problem> problems) {
        return problems.stream().map(Problem::whole).toList();
    }

    static List<Problem> filter(List<Problem> problems, Predicate<Problem> which) {
        return problems.stream().filter(which).toList();
    }
}
