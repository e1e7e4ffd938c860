package dev.evomerge.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documentation quotes the golden files. */
class DocumentationTest {

    @ParameterizedTest
    @MethodSource("dev.evomerge.contract.ContractJsonTest#names")
    void quotesTheGoldenFile(String name) throws IOException {
        String golden = Files.readString(Path.of("src/test/resources/dev/evomerge/contract", name + ".json"));
        assertThat(Files.readString(Path.of("../docs/evaluator.md"))).contains("```json\n" + golden + "```\n");
    }
}
