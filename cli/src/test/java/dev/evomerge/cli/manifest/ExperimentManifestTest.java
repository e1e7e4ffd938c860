package dev.evomerge.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The verdicts are those of a real API server: the corpus is the one that {@code crds} tests there. */
class ExperimentManifestTest {

    private static final Path CORPUS = Path.of("../crds/src/test/resources/corpus");
    private static final Path MINIMAL = CORPUS.resolve("valid/minimal.yaml");
    private static final YAMLMapper YAML = new YAMLMapper();

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> validIsAccepted() throws IOException {
        return files("valid")
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> assertThat(
                                ExperimentManifest.read(file).violations())
                        .isEmpty()));
    }

    @TestFactory
    Stream<DynamicTest> invalidIsRefusedInTheSameWords() throws IOException {
        return files("invalid")
                .map(patch -> DynamicTest.dynamicTest(patch.getFileName().toString(), () -> {
                    String expected = Files.readAllLines(patch).getFirst().substring(2);
                    ObjectNode manifest = (ObjectNode) YAML.readTree(MINIMAL.toFile());
                    merge(manifest, YAML.readTree(patch.toFile()));
                    Path file = folder.resolve(patch.getFileName());
                    YAML.writeValue(file.toFile(), manifest);
                    List<Violation> violations = ExperimentManifest.read(file).violations();
                    assertThat(violations).anySatisfy(violation -> assertThat(violation.toString())
                            .contains(expected));
                }));
    }

    @Test
    void unknownFieldIsNamedWithThoseThatThereAre() throws IOException {
        ObjectNode manifest = (ObjectNode) YAML.readTree(MINIMAL.toFile());
        manifest.withObject("/spec/evaluation").put("paralelism", 2);
        Path file = folder.resolve("misspelt.yaml");
        YAML.writeValue(file.toFile(), manifest);
        assertThat(ExperimentManifest.read(file).violations()).singleElement().satisfies(violation -> {
            assertThat(violation.path()).isEqualTo("spec.evaluation.paralelism");
            assertThat(violation.message()).contains("unknown field", "parallelism");
        });
    }

    @Test
    void defaultsAreFilledIn() throws IOException {
        var spec = ExperimentManifest.read(MINIMAL).experiment().getSpec();
        assertThat(spec.seed()).isZero();
        assertThat(spec.finalists()).isEqualTo(3);
        assertThat(spec.evaluation().tasks().getFirst().generation().maxNewTokens())
                .isEqualTo(64);
    }

    @Test
    void pathsAreRelativeToTheFileAndUrisCanBeMoved() throws IOException {
        Path file = folder.resolve("local.yaml");
        Files.writeString(file, Files.readString(MINIMAL).replaceFirst("uri: s3://[^,}]*", "uri: models/first"));
        var moved = ExperimentManifest.read(file)
                .onThisMachine(Map.of("s3://models", "elsewhere"))
                .storedIn(folder.resolve("work"))
                .experiment()
                .getSpec();
        assertThat(moved.models().getFirst().uri()).isEqualTo("file://" + folder.resolve("models/first"));
        assertThat(moved.models().getLast().uri())
                .startsWith("file://" + Path.of("elsewhere").toAbsolutePath());
        assertThat(moved.output().uri()).isEqualTo("file://" + folder.resolve("work/model"));
    }

    @Test
    void sayWhereAFileIsNoYaml() throws IOException {
        Path file = Files.writeString(folder.resolve("broken.yaml"), "kind: MergeExperiment\nspec: [\n");
        assertThatThrownBy(() -> ExperimentManifest.read(file))
                .isInstanceOf(ManifestException.class)
                .hasMessageContaining(
                        "broken.yaml line 2: not valid YAML: while parsing a flow node, expected the node content, but found");
    }

    @Test
    void refuseWhatIsNoExperiment() throws IOException {
        Path file = Files.writeString(folder.resolve("pod.yaml"), "apiVersion: v1\nkind: Pod\n");
        assertThatThrownBy(() -> ExperimentManifest.read(file))
                .hasMessageContaining("holds 0 resources of kind MergeExperiment")
                .hasMessageContaining("found Pod");
    }

    private static Stream<Path> files(String kind) throws IOException {
        try (Stream<Path> files = Files.list(CORPUS.resolve(kind))) {
            List<Path> sorted = files.sorted().toList();
            assertThat(sorted).isNotEmpty();
            return sorted.stream();
        }
    }

    /** JSON merge patch, RFC 7386. */
    private static void merge(ObjectNode target, JsonNode patch) {
        patch.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                target.remove(field.getKey());
            } else if (field.getValue().isObject()
                    && target.path(field.getKey()).isObject()) {
                merge((ObjectNode) target.get(field.getKey()), field.getValue());
            } else {
                target.set(field.getKey(), field.getValue());
            }
        });
    }
}
