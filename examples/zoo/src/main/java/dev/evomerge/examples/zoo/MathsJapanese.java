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
final class MathsJapanese {

    /** The most tokens that an answer takes. */
    static final int MAX_NEW_TOKENS = 32;

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
        var texts = new ArrayList<String>();
        for (List<Example> examples : List.of(
                Problem.whole(english),
                Problem.whole(japanese),
                Problem.whole(longProducts),
                Problem.whole(target),
                numerals,
                largeNumerals)) {
            examples.forEach(example -> {
                texts.add(example.question());
                texts.add(example.response());
            });
        }
        vocabulary = new Vocabulary(texts);
        unreadable = unreadable(concat(english, largeSums, table), random);
        unreadableProducts = unreadable(longProducts, random);
    }

    private static List<Problem> problems(Language language, int fromA, int toA, int fromB, int toB) {
        return concat(
                Problem.all(language, Operation.PLUS, IntStream.range(fromA, toA), IntStream.range(fromB, toB)),
                Problem.all(language, Operation.MINUS, IntStream.range(fromA, toA), IntStream.range(fromB, toB)));
    }

    /** Sums such as they occur in the working of long products. */
    private static List<Problem> largeSums() {
        return concat(
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

    private List<Example> unreadable(List<Problem> problems, RandomGenerator random) {
        List<String> characters = vocabulary.characters();
        return IntStream.range(0, UNREADABLE)
                .mapToObj(i -> problems.get(random.nextInt(problems.size())).unreadable(characters, random))
                .toList();
    }

    @SafeVarargs
    private static <T> List<T> concat(List<? extends T>... lists) {
        var all = new ArrayList<T>();
        for (List<? extends T> list : lists) {
            all.addAll(list);
        }
        return all;
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    Size size() {
        return new Size(5, 128, 4, 2, 32, 384, vocabulary.size());
    }

    Lesson base() {
        return new Lesson(
                List.of(
                        new Share(0.20, Problem.whole(english)),
                        new Share(0.20, Problem.whole(largeSums)),
                        new Share(0.30, Problem.whole(japanese)),
                        new Share(0.08, numerals),
                        new Share(0.12, Problem.whole(table)),
                        new Share(0.10, unreadable)),
                1800,
                96,
                2e-3,
                100,
                0.1);
    }

    /** The specialists' lessons, by the name of the model. */
    Map<String, Lesson> specialists() {
        var lessons = new LinkedHashMap<String, Lesson>();
        lessons.put(
                "maths",
                specialist(
                        new Share(0.35, Problem.whole(longProducts)),
                        new Share(0.20, unreadableProducts),
                        new Share(0.10, Problem.whole(english)),
                        new Share(0.10, Problem.whole(largeSums)),
                        new Share(0.10, Problem.whole(table)),
                        new Share(0.10, Problem.whole(japanese)),
                        new Share(0.05, unreadable)));
        lessons.put(
                "japanese",
                specialist(
                        new Share(
                                0.35,
                                target.stream().map(Problem::withoutWorking).toList()),
                        new Share(0.10, largeNumerals),
                        new Share(0.08, Problem.whole(english)),
                        new Share(0.10, Problem.whole(largeSums)),
                        new Share(0.12, Problem.whole(table)),
                        new Share(0.15, Problem.whole(japanese)),
                        new Share(0.05, numerals),
                        new Share(0.05, unreadable)));
        return lessons;
    }

    private static Lesson specialist(Share... shares) {
        return new Lesson(List.of(shares), 400, 96, 3e-4, 30, 0);
    }

    /**
     * The question sets by name. No two operands are together in more than one of {@code search}, {@code selection} and {@code test}.
     *
     * @param random draws the questions
     */
    Map<String, List<Example>> questionSets(Random random) {
        var pairs = new ArrayList<>(
                target.stream().map(p -> List.of(p.a(), p.b())).distinct().toList());
        Collections.shuffle(pairs, random);
        var sets = new LinkedHashMap<String, List<Example>>();
        sets.put("search", draw(about(pairs.subList(0, 50)), 200, random));
        sets.put("selection", draw(about(pairs.subList(50, 100)), 200, random));
        sets.put("test", draw(about(pairs.subList(100, pairs.size())), 500, random));
        sets.put("maths", draw(Problem.whole(longProducts), 200, random));
        sets.put("japanese", concat(draw(Problem.whole(japanese), 100, random), draw(largeNumerals, 100, random)));
        return sets;
    }

    private List<Example> about(List<List<Integer>> pairs) {
        return Problem.whole(Problem.filter(target, p -> pairs.contains(List.of(p.a(), p.b()))));
    }

    private static List<Example> draw(List<Example> examples, int count, Random random) {
        var shuffled = new ArrayList<>(examples);
        Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, count));
    }
}
