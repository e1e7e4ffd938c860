package dev.evomerge.examples.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.examples.zoo.Example.Tokens;
import dev.evomerge.inference.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MathsJapaneseTest {

    private final MathsJapanese zoo = new MathsJapanese(new Random(1));
    private final Map<String, List<Example>> sets = zoo.questionSets(new Random(1));

    @Test
    void numeralsAreWrittenAsInJapanese() {
        assertThat(List.of(0, 7, 10, 11, 20, 42, 100, 110, 205, 360))
                .extracting(Numerals::kanji)
                .containsExactly("零", "七", "十", "十一", "二十", "四十二", "百", "百十", "二百五", "三百六十");
        assertThatThrownBy(() -> Numerals.kanji(1000)).hasMessageContaining("1000");
    }

    @Test
    void aLongProductIsWorkedOutInSteps() {
        var problem = new Problem(Language.JAPANESE, Operation.TIMES, 23, 4, "{a}かける{b}は？");
        assertThat(problem.question()).isEqualTo("二十三かける四は？");
        assertThat(problem.whole().response()).isEqualTo("23*4=80+12=92:九十二");
        assertThat(problem.whole().answer()).isEqualTo("九十二");
    }

    @Test
    void givenPiecesAreReadButNotLearnt() {
        Example example = new Problem(Language.JAPANESE, Operation.TIMES, 23, 4, "{a}かける{b}は？").withoutWorking();
        Tokens tokens = example.encode(zoo.vocabulary());
        int question = example.question().length();
        String learnt = text(LongStream.of(tokens.target()).filter(id -> id > Vocabulary.END));
        assertThat(learnt).isEqualTo("23*4=:九十二");
        assertThat(tokens.input()[0]).isEqualTo(Vocabulary.BEGIN);
        assertThat(text(LongStream.of(tokens.input()).skip(1 + question))).isEqualTo("23*4=80+12=92:九十二");
        assertThat(tokens.target()).endsWith(Vocabulary.END);
    }

    private String text(LongStream ids) {
        List<String> characters = zoo.vocabulary().characters();
        return String.join(
                "",
                ids.mapToObj(id -> characters.get((int) id - Vocabulary.SPECIAL.size()))
                        .toList());
    }

    @Test
    void theTokenizerFileGivesTheTokensThatWereTrainedOn() throws Exception {
        byte[] json = ModelFolder.json(zoo.vocabulary().tokenizerJson()).getBytes(StandardCharsets.UTF_8);
        try (Tokenizer tokenizer = Tokenizer.read("zoo", json)) {
            for (Example example :
                    List.of(sets.get("search").getFirst(), sets.get("maths").getFirst())) {
                long[] trained = example.encode(zoo.vocabulary()).input();
                int[] read = tokenizer.encode(example.question() + example.response(), true);
                assertThat(read)
                        .containsExactly(
                                LongStream.of(trained).mapToInt(i -> (int) i).toArray());
                assertThat(tokenizer.decode(
                                java.util.Arrays.stream(read).boxed().toList(), true))
                        .isEqualTo(example.question() + example.response());
            }
        }
    }

    @Test
    void questionSetsDoNotOverlap() {
        var seen = new HashSet<String>();
        sets.values()
                .forEach(set -> set.forEach(example -> assertThat(seen.add(example.question()))
                        .as(example.question())
                        .isTrue()));
        assertThat(sets.get("test")).hasSize(500);
        // Nor do the products asked for: 十四 and 六 are in one set only, however they are asked about.
        var products = new HashSet<String>();
        for (String set : List.of("search", "selection", "test")) {
            var own = new HashSet<String>();
            sets.get(set).forEach(example -> own.add(example.response().split("=")[0]));
            assertThat(products).doesNotContainAnyElementsOf(own);
            products.addAll(own);
        }
    }

    @Test
    void specialistsNeverSeeTheTargetTaskWhole() {
        var whole = new HashSet<Example>();
        for (String set : List.of("search", "selection", "test")) {
            whole.addAll(sets.get(set));
        }
        zoo.specialists().values().forEach(lesson -> lesson.shares()
                .forEach(share -> assertThat(share.examples()).doesNotContainAnyElementsOf(whole)));
    }
}
