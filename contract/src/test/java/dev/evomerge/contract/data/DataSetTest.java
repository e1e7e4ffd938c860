package dev.evomerge.contract.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.TaskSpec.DataRef;
import org.junit.jupiter.api.Test;

class DataSetTest {

    private static final String URI = "s3://data/search";

    @Test
    void readsTabSeparatedLines() throws DataException {
        DataSet data = tsv("三かける四は\t十二\r\n2*3=\t6\n");
        assertThat(data.questions()).extracting(Question::question).containsExactly("三かける四は", "2*3=");
        assertThat(data.questions()).extracting(Question::answer).containsExactly("十二", "6");
    }

    @Test
    void readsTheLastLineWithoutItsEnd() throws DataException {
        assertThat(tsv("a\tb\nc\td").questions()).hasSize(2);
        assertThat(tsv("\uFEFFa\tb").questions().getFirst().question()).isEqualTo("a");
    }

    @Test
    void readsObjects() throws DataException {
        DataSet data = jsonl(
                "{\"question\":\"a\",\"answer\":12,\"hint\":\"h\"}\n{\"question\":\"b\",\"answer\":\"13\",\"tags\":[1]}\n");
        assertThat(data.questions().getFirst().columns())
                .containsEntry("answer", "12")
                .containsEntry("hint", "h");
        assertThat(data.columns()).containsExactlyInAnyOrder("question", "answer");
    }

    @Test
    void namesTheLineThatIsBad() {
        assertRefused(() -> tsv("a\tb\nc\n"), "line 2: found 1 column, expected a question, a tab and an answer");
        assertRefused(() -> tsv("a\tb\nc\td\te\n"), "line 2: found 3 columns");
        assertRefused(() -> tsv("a\tb\n\nc\td\n"), "line 2: found 1 column");
        assertRefused(() -> tsv("a\tb\nc\t \n"), "line 2: the answer is empty");
        assertRefused(
                () -> jsonl("{\"question\":\"a\",\"answer\":\"b\"}\n{\"question\":\"a\"\n"), "line 2: not valid JSON");
        assertRefused(() -> jsonl("{\"question\":\"a\"}\n"), "line 1: no field 'answer' with a text, found [question]");
        assertRefused(() -> jsonl("{\"question\":\"a\",\"answer\":[1]}\n"), "line 1: no field 'answer' with a text");
        assertRefused(() -> jsonl("[]\n"), "line 1: found ARRAY, expected a JSON object");
        assertRefused(() -> jsonl("{\"question\":\"a\",\"answer\":\"b\"}\n\n"), "line 2: found an empty line");
        assertRefused(
                () -> DataSet.parse(URI, "tsv", new byte[] {'a', '\t', 'b', '\n', 'c', '\t', (byte) 0xff, '\n'}),
                "line 2: not UTF-8");
    }

    @Test
    void refusesAnEmptySet() {
        assertRefused(() -> tsv(""), "holds no questions");
        assertRefused(() -> jsonl("\n"), "holds no questions");
    }

    @Test
    void refusesAnUnknownFormat() {
        assertRefused(() -> DataSet.parse(URI, "csv", "a,b".getBytes(UTF_8)), "format is 'csv', expected tsv or jsonl");
    }

    @Test
    void checksTheDigest() throws DataException {
        byte[] bytes = "a\tb\n".getBytes(UTF_8);
        assertThat(DataSet.parse(new DataRef(URI, Sha256.of(bytes), "tsv"), bytes)
                        .questions())
                .hasSize(1);
        assertRefused(
                () -> DataSet.parse(new DataRef(URI, "0".repeat(64), "tsv"), bytes),
                "has the SHA-256 " + Sha256.of(bytes) + ", expected 000");
    }

    @Test
    void findsASharedQuestion() throws DataException {
        assertThat(tsv("a\t1\nb\t2\n").sharedWith(tsv("c\t3\nb\t9\n"))).hasValue("b");
        assertThat(tsv("a\t1\n").sharedWith(tsv("c\t3\n"))).isEmpty();
    }

    @Test
    void fillsAPrompt() throws DataException {
        DataSet data = jsonl("{\"question\":\"1+1=$\",\"answer\":\"2\",\"hint\":\"{question}\"}\n");
        Prompt prompt = new Prompt("{hint} {{question}} {question} { x } {1}");
        prompt.check(data);
        assertThat(prompt.fill(data.questions().getFirst())).isEqualTo("{question} {question} 1+1=$ { x } {1}");
    }

    @Test
    void refusesAPromptThatDoesNotFitTheData() throws DataException {
        DataSet data = tsv("a\tb\n");
        assertRefused(() -> new Prompt("Q: {text}").check(data), "names the column {text}", "[answer, question]");
        assertRefused(() -> new Prompt("Q:").check(data), "names no column");
    }

    private static DataSet tsv(String text) throws DataException {
        return DataSet.parse(URI, "tsv", text.getBytes(UTF_8));
    }

    private static DataSet jsonl(String text) throws DataException {
        return DataSet.parse(URI, "jsonl", text.getBytes(UTF_8));
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable action, String... parts) {
        assertThatThrownBy(action).isInstanceOf(DataException.class).hasMessageContainingAll(parts);
    }
}
