package dev.evomerge.examples.zoo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** A word problem: a calculation, asked in one of a language's phrasings. */
record Problem(Language language, Operation operation, int a, int b, String phrasing) implements WorkedProblem {

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

    @Override
    public String question() {
        return phrasing.replace("{a}", language.number(a)).replace("{b}", language.number(b));
    }

    @Override
    public String expression() {
        return operation.expression(a, b);
    }

    @Override
    public String working() {
        return operation.working(a, b);
    }

    @Override
    public String answer() {
        return language.number(operation.apply(a, b));
    }

    static List<Problem> filter(List<Problem> problems, Predicate<Problem> which) {
        return problems.stream().filter(which).toList();
    }
}
