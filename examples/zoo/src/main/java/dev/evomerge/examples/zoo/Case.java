package dev.evomerge.examples.zoo;

import dev.evomerge.examples.zoo.TinyLlama.Size;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/** A cross-domain case: a base, specialists that each learn a half of a task, and questions that need both halves. */
sealed interface Case permits MathsJapanese, ListsKorean {

    Vocabulary vocabulary();

    Size size();

    /** The most tokens that an answer takes. */
    int maxNewTokens();

    Lesson base();

    /** The specialists' lessons, by the name of the model. */
    Map<String, Lesson> specialists();

    /**
     * The question sets by name: {@code search}, {@code selection} and {@code test} of the target task, and one per specialist, of its own domain.
     *
     * @param random draws the questions
     */
    Map<String, List<Example>> questionSets(Random random);

    /**
     * The case of a folder under examples/.
     *
     * @param random draws examples that are not enumerated
     */
    static Case of(Path folder, RandomGenerator random) {
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        return switch (name) {
            case "maths-ja" -> new MathsJapanese(random);
            case "lists-ko" -> new ListsKorean(random);
            default -> throw new IllegalArgumentException("no case '" + name + "', expected maths-ja or lists-ko");
        };
    }

    /** Some of the examples, each at most once. */
    static List<Example> draw(List<Example> examples, int count, Random random) {
        var shuffled = new ArrayList<>(examples);
        Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, count));
    }

    /** Lists one after another. */
    @SafeVarargs
    static <T> List<T> concat(List<? extends T>... lists) {
        var all = new ArrayList<T>();
        for (List<? extends T> list : lists) {
            all.addAll(list);
        }
        return all;
    }
}
