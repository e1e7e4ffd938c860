package dev.evomerge.examples.zoo;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A list of letters and what is to be done to it, one operation after the other: 다가라나를 뒤집고 정렬하면? → {@code cadb.r.s=bdac.s=abcd:가나다라}.
 *
 * @param list       letters from {@value #LETTERS}
 * @param operations one or two
 * @param phrasing   which way of asking, from 0 to {@value #PHRASINGS} - 1
 */
record ListProblem(boolean korean, String list, List<ListOperation> operations, int phrasing) implements WorkedProblem {

    /** The letters of lists, and how Koreans label the items of theirs; both in alphabetical order. */
    static final String LETTERS = "abcdefghij";

    static final String KOREAN_LETTERS = "가나다라마바사아자차";

    static final int PHRASINGS = 2;

    ListProblem {
        operations = List.copyOf(operations);
    }

    /** Every problem about some lists that needs some operations, in all phrasings. */
    static List<ListProblem> all(boolean korean, List<String> lists, List<List<ListOperation>> programs) {
        var problems = new ArrayList<ListProblem>();
        for (String list : lists) {
            for (List<ListOperation> program : programs) {
                for (int phrasing = 0; phrasing < PHRASINGS; phrasing++) {
                    problems.add(new ListProblem(korean, list, program, phrasing));
                }
            }
        }
        return problems;
    }

    /** A list as Koreans write it. */
    static String korean(String list) {
        return list.chars()
                .mapToObj(letter ->
                        KOREAN_LETTERS.substring(LETTERS.indexOf(letter)).substring(0, 1))
                .collect(Collectors.joining());
    }

    @Override
    public String question() {
        return korean ? koreanQuestion() : englishQuestion();
    }

    private String englishQuestion() {
        String verbs = operations.stream().map(ListOperation::english).collect(Collectors.joining(", "));
        return phrasing == 0 ? verbs + " " + list + "?" : list + ": " + verbs + "?";
    }

    private String koreanQuestion() {
        String before = operations.subList(0, operations.size() - 1).stream()
                .map(operation -> operation.koreanAnd() + " ")
                .collect(Collectors.joining());
        return korean(list) + (phrasing == 0 ? "를 " : "를 좀 ") + before
                + operations.getLast().koreanIf() + "?";
    }

    @Override
    public String expression() {
        return program(list, operations) + "=";
    }

    @Override
    public String working() {
        var steps = new ArrayList<String>();
        String now = list;
        for (int done = 1; done <= operations.size(); done++) {
            now = operations.get(done - 1).apply(now);
            steps.add(program(now, operations.subList(done, operations.size())));
        }
        return String.join("=", steps);
    }

    private static String program(String list, List<ListOperation> operations) {
        return list + operations.stream().map(ListOperation::call).collect(Collectors.joining());
    }

    @Override
    public String answer() {
        String result = list;
        for (ListOperation operation : operations) {
            result = operation.apply(result);
        }
        return korean ? korean(result) : result;
    }
}
