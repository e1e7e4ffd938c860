package dev.evomerge.examples.zoo;

import dev.evomerge.examples.zoo.Example.Piece;
import dev.evomerge.examples.zoo.Lesson.Share;
import dev.evomerge.examples.zoo.TinyLlama.Size;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * List programs × Korean. The target task is a list of four letters and two operations on it, asked and answered in Korean.
 *
 * <ul>
 *   <li>The base carries out single operations in both languages, and spells lists in both scripts.
 *   <li>{@code lists} learns to carry out two operations, asked in English.
 *   <li>{@code korean} learns to read requests for two operations in Korean. The working is in what it reads, but not in what it learns.
 * </ul>
 *
 * Lists that questions are asked about occur in no lesson.
 */
final class ListsKorean implements Case {

    private static final int LENGTH = 4;
    private static final int UNREADABLE = 20_000;

    /** How many lists each question set has to itself. */
    private static final Map<String, Integer> LISTS = ordered();

    private final Map<String, List<String>> listsOfSets = new LinkedHashMap<>();
    private final List<ListProblem> english;
    private final List<ListProblem> korean;
    private final List<ListProblem> englishPairs;
    private final List<ListProblem> koreanPairs;
    private final List<Example> spelling;
    private final List<Example> unreadable;
    private final List<Example> unreadablePairs;
    private final Vocabulary vocabulary;

    ListsKorean(RandomGenerator random) {
        var lists = new ArrayList<String>();
        permutations("", LENGTH, lists);
        Collections.shuffle(lists, Random.from(random));
        int taken = 0;
        for (var set : LISTS.entrySet()) {
            listsOfSets.put(set.getKey(), List.copyOf(lists.subList(taken, taken + set.getValue())));
            taken += set.getValue();
        }
        List<String> learnt = List.copyOf(lists.subList(taken, lists.size()));
        var shorter = new ArrayList<String>();
        permutations("", LENGTH - 1, shorter);
        english = ListProblem.all(false, Case.concat(learnt, shorter), singles());
        korean = ListProblem.all(true, Case.concat(learnt, shorter), singles());
        englishPairs = ListProblem.all(false, learnt, pairs());
        koreanPairs = ListProblem.all(true, learnt, pairs());
        spelling = spelling(Case.concat(learnt, shorter));
        vocabulary = Vocabulary.of(Case.concat(
                WorkedProblem.whole(englishPairs),
                WorkedProblem.whole(korean),
                WorkedProblem.whole(koreanPairs),
                spelling));
        unreadable = WorkedProblem.unreadable(english, UNREADABLE, vocabulary.characters(), random);
        unreadablePairs = WorkedProblem.unreadable(englishPairs, UNREADABLE, vocabulary.characters(), random);
    }

    private static Map<String, Integer> ordered() {
        var sizes = new LinkedHashMap<String, Integer>();
        sizes.put("search", 200);
        sizes.put("selection", 200);
        sizes.put("test", 500);
        sizes.put("lists", 200);
        sizes.put("korean", 200);
        return sizes;
    }

    /** All lists of so many different letters that begin with a prefix. */
    private static void permutations(String prefix, int length, List<String> lists) {
        if (prefix.length() == length) {
            lists.add(prefix);
            return;
        }
        ListProblem.LETTERS
                .chars()
                .filter(letter -> prefix.indexOf(letter) < 0)
                .forEach(letter -> permutations(prefix + (char) letter, length, lists));
    }

    private static List<List<ListOperation>> singles() {
        return Arrays.stream(ListOperation.values()).map(List::of).toList();
    }

    private static List<List<ListOperation>> pairs() {
        return Arrays.stream(ListOperation.values())
                .flatMap(first -> Arrays.stream(ListOperation.values())
                        .filter(second -> second != first)
                        .map(second -> List.of(first, second)))
                .toList();
    }

    private static List<Example> spelling(List<String> lists) {
        var examples = new ArrayList<Example>();
        for (String list : lists) {
            String korean = ListProblem.korean(list);
            examples.add(Example.of(list + "를 한글로?", Piece.learnt(":" + korean)));
            examples.add(Example.of(korean + "를 영어로?", Piece.learnt(":" + list)));
        }
        return examples;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Size size() {
        return new Size(8, 96, 4, 2, 24, 224, vocabulary.size());
    }

    @Override
    public int maxNewTokens() {
        return 40;
    }

    @Override
    public Lesson base() {
        return new Lesson(
                List.of(
                        new Share(0.20, WorkedProblem.whole(english)),
                        new Share(0.20, WorkedProblem.withoutWorking(englishPairs)),
                        new Share(0.25, WorkedProblem.whole(korean)),
                        new Share(0.20, unreadable),
                        new Share(0.15, spelling)),
                1000,
                64,
                2e-3,
                100,
                0.1);
    }

    @Override
    public Map<String, Lesson> specialists() {
        var lessons = new LinkedHashMap<String, Lesson>();
        lessons.put(
                "lists",
                specialist(
                        new Share(0.30, WorkedProblem.whole(englishPairs)),
                        new Share(0.25, unreadablePairs),
                        new Share(0.15, WorkedProblem.whole(english)),
                        new Share(0.20, WorkedProblem.whole(korean)),
                        new Share(0.05, unreadable),
                        new Share(0.05, spelling)));
        lessons.put(
                "korean",
                specialist(
                        new Share(0.40, WorkedProblem.withoutWorking(koreanPairs)),
                        new Share(0.10, WorkedProblem.withoutWorking(englishPairs)),
                        new Share(0.15, WorkedProblem.whole(english)),
                        new Share(0.20, WorkedProblem.whole(korean)),
                        new Share(0.10, unreadable),
                        new Share(0.05, spelling)));
        return lessons;
    }

    private static Lesson specialist(Share... shares) {
        return new Lesson(List.of(shares), 500, 64, 1.5e-4, 30, 0);
    }

    /** The question sets by name. No list is in two of them, nor in any lesson. */
    @Override
    public Map<String, List<Example>> questionSets(Random random) {
        var sets = new LinkedHashMap<String, List<Example>>();
        for (String target : List.of("search", "selection", "test")) {
            sets.put(target, oneEach(listsOfSets.get(target), true, pairs(), random));
        }
        sets.put("lists", oneEach(listsOfSets.get("lists"), false, pairs(), random));
        sets.put("korean", oneEach(listsOfSets.get("korean"), true, singles(), random));
        return sets;
    }

    /** A problem per list. */
    private static List<Example> oneEach(
            List<String> lists, boolean korean, List<List<ListOperation>> programs, Random random) {
        return lists.stream()
                .map(list -> new ListProblem(
                                korean,
                                list,
                                programs.get(random.nextInt(programs.size())),
                                random.nextInt(ListProblem.PHRASINGS))
                        .whole())
                .toList();
    }
}
