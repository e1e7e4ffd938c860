package dev.evomerge.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden files are the contract: a change to them is a change to it. Write them anew with {@code -Devomerge.test.golden=write}. */
class ContractJsonTest {

    private static final ObjectMapper PLAIN = new ObjectMapper();
    private static final Path GOLDEN = Path.of("src/test/resources/dev/evomerge/contract");

    static Stream<String> names() {
        return Examples.ALL.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("names")
    void writesTheGoldenFile(String name) throws IOException {
        byte[] written = ContractJson.bytes(Examples.ALL.get(name));
        Path file = GOLDEN.resolve(name + ".json");
        if ("write".equals(System.getProperty("evomerge.test.golden"))) {
            Files.writeString(file, PLAIN.readTree(written).toPrettyString() + "\n");
        }
        assertThat(PLAIN.readTree(written).toPrettyString() + "\n").isEqualTo(Files.readString(file));
        assertThat(new String(written, UTF_8)).doesNotContain("\n").doesNotContain("\": ");
    }

    @ParameterizedTest
    @MethodSource("names")
    void readsTheGoldenFile(String name) throws IOException {
        Object expected = Examples.ALL.get(name);
        Object read = ContractJson.read(Files.readAllBytes(GOLDEN.resolve(name + ".json")), expected.getClass(), name);
        assertThat(read).isEqualTo(expected);
        assertThat(ContractJson.bytes(read)).isEqualTo(ContractJson.bytes(expected));
    }

    @Test
    void sortsKeysAtEveryDepth() throws IOException {
        String text = ContractJson.text(Examples.MANIFEST);
        assertThat(text)
                .startsWith("{\"apiVersion\"")
                .contains("\"models\":{\"base\":")
                .contains("{\"base_model\":\"base\",\"merge_method\"");
    }

    @Test
    void namesAnUnknownField() throws IOException {
        assertRefused(
                tree -> ((ObjectNode) tree.at("/tasks/0/generation")).put("temperature", 1),
                "x: tasks[0].generation.temperature: unknown field",
                "maxNewTokens");
    }

    @Test
    void namesAMissingField() throws IOException {
        assertRefused(tree -> tree.remove("results"), "x: results: missing, expected a value");
        assertRefused(tree -> tree.remove("shards"), "x: shards");
        assertRefused(tree -> ((ObjectNode) tree.at("/tasks/0")).remove("prompt"), "x: tasks[0].prompt: missing");
    }

    @Test
    void refusesAnotherVersion() throws IOException {
        assertRefused(
                tree -> tree.put("apiVersion", "evaluator.evomerge.dev/v2"),
                "apiVersion is 'evaluator.evomerge.dev/v2', expected 'evaluator.evomerge.dev/v1'");
        assertRefused(tree -> tree.remove("apiVersion"), "apiVersion is ''");
    }

    @Test
    void refusesAnInvalidRecipe() throws IOException {
        assertRefused(
                tree -> ((ObjectNode) tree.at("/candidates/0/recipe")).put("merge_method", "dare_tie"),
                "x: candidates[0].recipe",
                "dare_tie");
    }

    @Test
    void refusesAModelWithoutPlace() throws IOException {
        assertRefused(
                tree -> ((ObjectNode) tree.at("/models/base")).remove("uri"),
                "x: models.base",
                "either a uri or a recipe, found neither");
    }

    @Test
    void refusesTextThatIsNoJson() {
        for (String text : new String[] {"", "not json", "[1]", "{\"a\":1,\"a\":2}", "{} {}"}) {
            assertThatThrownBy(() ->
                            ContractJson.read(text.getBytes(UTF_8), CandidateManifest.class, "s3://b/manifest.json"))
                    .isInstanceOf(ContractException.class)
                    .hasMessageStartingWith("s3://b/manifest.json");
        }
    }

    private static void assertRefused(java.util.function.Consumer<ObjectNode> change, String... parts)
            throws IOException {
        ObjectNode tree = (ObjectNode) PLAIN.readTree(ContractJson.bytes(Examples.MANIFEST));
        change.accept(tree);
        assertThatThrownBy(() -> ContractJson.read(tree.toString().getBytes(UTF_8), CandidateManifest.class, "x"))
                .isInstanceOf(ContractException.class)
                .hasMessageContainingAll(parts);
    }
}
