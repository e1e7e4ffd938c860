package dev.evomerge.examples.zoo;

import dev.evomerge.examples.zoo.Example.Piece;
import dev.evomerge.examples.zoo.Lesson.Share;
import dev.evomerge.examples.zoo.TinyLlama.Size;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Mathematics × Japanese. The target task is a product of a two-digit and a one-digit number, asked and answered in Japanese.
 *
 * <ul>
 *   <li>The base adds and subtracts in both languages, knows the small multiplication table in English, and reads and writes Japanese numerals
 *       below 100.
 *   <li>{@code maths} learns long products in English.
 *   <li>{@code japanese} learns to read products asked in Japanese, and numerals from 100 on. The working is in what it reads, but not in what
 *       it learns, so it cannot calculate a product.
 * </ul>
 *
 * Each specialist also repeats some of what the base knows, which keeps their task vectors from disturbing each other.
 */
final class MathsJapanese implements Case {

    private static final int UNREADABLE = 20_000;

    private final List<Problem> english = problems(Language.ENGLISH, 2, 51, 2, 21);
    private final List<Problem> japanese = problems(Language.JAPANESE, 2, 51, 2, 21);
    private final List<Problem> largeSums = largeSums();
    private final List<Problem> table = products(Language.ENGLISH, 2, 10);
    private final List<Problem> longProducts = products(Language.ENGLISH, 11, 41);
    private final List<Problem> target = products(Language.JAPANESE, 11, 41);
    private final List<Example> numerals = numerals(0, 100);
    private final List<Example> largeNumerals = numerals(100, 400);
    private final List<Example> unreadable;
    private final List<Example> unreadableProducts;
    private final Vocabulary vocabulary;

    MathsJapanese(RandomGenerator random) {
        vocabulary = Vocabulary.of(Case.concat(
                WorkedProblem.whole(english),
                WorkedProblem.whole(japanese),
                WorkedProblem.whole(longProducts),
                WorkedProblem.whole(target),
                numerals,
                largeNumerals));
        unreadable = WorkedProblem.unreadable(
                Case.concat(english, largeSums, table), UNREADABLE, vocabulary.characters(), random);
        unreadableProducts = WorkedProblem.unreadable(longProducts, UNREADABLE, vocabulary.characters(), random);
    }

    private static List<Problem> problems(Language language, int fromA, int toA, int fromB, int toB) {
        return Case.concat(
                Problem.all(language, Operation.PLUS, IntStream.range(fromA, toA), IntStream.range(fromB, toB)),
                Problem.all(language, Operation.MINUS, IntStream.range(fromA, toA), IntStream.range(fromB, toB)));
    }

    /** Sums such as they occur in the working of long products. */
    private static List<Problem> largeSums() {
        return Case.concat(
                Problem.all(Language.ENGLISH, Operation.PLUS, IntStream.range(51, 100), IntStream.range(2, 21)),
                Problem.all(
                        Language.ENGLISH,
                        Operation.PLUS,
                        IntStream.rangeClosed(2, 36).map(tens -> 10 * tens),
                        IntStream.range(2, 82)));
    }

    private static List<Problem> products(Language language, int fromA, int toA) {
        return Problem.all(language, Operation.TIMES, IntStream.range(fromA, toA), IntStream.range(2, 10));
    }

    private static List<Example> numerals(int from, int to) {
        var examples = new ArrayList<Example>();
        for (int number = from; number < to; number++) {
            String kanji = Numerals.kanji(number);
            examples.add(Example.of(kanji + "を数字で？", Piece.learnt(":" + number)));
            examples.add(Example.of(number + "を漢数字で？", Piece.learnt(":" + kanji)));
        }
        return examples;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Size size() {
        return new Size(5, 128, 4, 2, 32, 384, vocabulary.size());
    }

    @Override
    public int maxNewTokens() {
        return 32;
    }

    @Override
    public Lesson base() {
        return new Lesson(
                List.of(
                        new Share(0.20, WorkedProblem.whole(english)),
                        new Share(0.20, WorkedProblem.whole(largeSums)),
                        new Share(0.30, WorkedProblem.whole(japanese)),
                        new Share(0.08, numerals),
                        new Share(0.12, WorkedProblem.whole(table)),
                        new Share(0.10, unreadable)),
                1800,
                96,
                2e-3,
                100,
                0.1);
    }

    @Override
    public Map<String, Lesson> specialists() {
        var lessons = new LinkedHashMap<String, Lesson>();
        lessons.put(
                "maths",
                specialist(
                        new Share(0.35, WorkedProblem.whole(longProducts)),
                        new Share(0.20, unreadableProducts),
                        new Share(0.10, WorkedProblem.whole(english)),
                        new Share(0.10, WorkedProblem.whole(largeSums)),
                        new Share(0.10, WorkedProblem.whole(table)),
                        new Share(0.10, WorkedProblem.whole(japanese)),
                        new Share(0.05, unreadable)));
        lessons.put(
                "japanese",
                specialist(
                        new Share(0.35, WorkedProblem.withoutWorking(target)),
                        new Share(0.10, largeNumerals),
                        new Share(0.08, WorkedProblem.whole(english)),
                        new Share(0.10, WorkedProblem.whole(largeSums)),
                        new Share(0.12, WorkedProblem.whole(table)),
                        new Share(0.15, WorkedProblem.whole(japanese)),
                        new Share(0.05, numerals),
                        new Share(0.05, unreadable)));
        return lessons;
    }

    private static Lesson specialist(Share... shares) {
        return new Lesson(List.of(shares), 400, 96, 3e-4, 30, 0);
    }

    /**
     * The question sets by name. No two operands are together in more than one of {@code search}, {@code selection} and {@code test}.
     */
    @Override
    public Map<String, List<Example>> questionSets(Random random) {
        var pairs = new ArrayList<>(
                target.stream().map(p -> List.of(p.a(), p.b())).distinct().toList());
        Collections.shuffle(pairs, random);
        var sets = new LinkedHashMap<String, List<Example>>();
        sets.put("search", Case.draw(about(pairs.subList(0, 50)), 200, random));
        sets.put("selection", Case.draw(about(pairs.subList(50, 100)), 200, random));
        sets.put("test", Case.draw(about(pairs.subList(100, pairs.size())), 500, random));
        sets.put("maths", Case.draw(WorkedProblem.whole(longProducts), 200, random));
        sets.put(
                "japanese",
                Case.concat(
                        Case.draw(WorkedProblem.whole(japanese), 100, random), Case.draw(largeNumerals, 100, random)));
        return sets;
    }

    private List<Example> about(List<List<Integer>> pairs) {
        return WorkedProblem.whole(Problem.filter(target, p -> pairs.contains(List.of(p.a(), p.b()))));
    }
}
