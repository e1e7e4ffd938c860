package dev.evomerge.examples.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ListsKoreanTest {

    private final ListsKorean zoo = new ListsKorean(new Random(1));
    private final Map<String, List<Example>> sets = zoo.questionSets(new Random(1));

    @Test
    void operationsDoWhatTheyAreCalled() {
        assertThat(Stream.of(ListOperation.values()).map(operation -> operation.apply("cadb")))
                .containsExactly("bdac", "adbc", "abcd", "badc", "adb");
    }

    @Test
    void aPairIsWorkedOutInSteps() {
        var problem = new ListProblem(true, "cadb", List.of(ListOperation.REVERSE, ListOperation.SORT), 0);
        assertThat(problem.question()).isEqualTo("다가라나를 뒤집고 정렬하면?");
        assertThat(problem.whole().response()).isEqualTo("cadb.r.s=bdac.s=abcd:가나다라");
        assertThat(new ListProblem(false, "cadb", List.of(ListOperation.DROP), 1)
                        .whole()
                        .response())
                .isEqualTo("cadb.u=adb:adb");
    }

    @Test
    void noListIsInTwoSets() {
        var seen = new HashSet<String>();
        sets.forEach((name, set) -> {
            Set<String> lists = set.stream().map(ListsKoreanTest::listOf).collect(Collectors.toSet());
            assertThat(lists).as(name).hasSameSizeAs(set);
            lists.forEach(list -> assertThat(seen.add(list)).as(list).isTrue());
        });
    }

    @Test
    void noLessonIsAboutAListThatIsAskedAbout() {
        Set<String> asked = sets.values().stream()
                .flatMap(List::stream)
                .map(ListsKoreanTest::listOf)
                .collect(Collectors.toSet());
        assertThat(asked).hasSize(1300);
        Stream.concat(Stream.of(zoo.base()), zoo.specialists().values().stream())
                .flatMap(lesson -> lesson.shares().stream())
                .flatMap(share -> share.examples().stream())
                .filter(example -> example.response().contains("="))
                .forEach(example -> assertThat(asked).doesNotContain(listOf(example)));
    }

    /** The list that a problem is about: what its program begins with. */
    private static String listOf(Example problem) {
        String response = problem.response();
        return response.substring(0, response.indexOf('.'));
    }
}
