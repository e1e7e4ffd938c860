package dev.evomerge.crds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The corpus against a real API server.
 *
 * <ul>
 *   <li>{@code valid/} is accepted, and comes back with what was written.
 *   <li>{@code invalid/} is {@code valid/minimal.yaml} after the merge patch in the file, and is refused with the message in its first line.
 *   <li>The experiments of {@code examples/} are accepted.
 *   <li>{@code updates/valid} and {@code updates/invalid} are patches of {@code valid/full.yaml} once it is there.
 * </ul>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorpusIT {

    private static final Path CORPUS = Path.of("src/test/resources/corpus");
    private static final Path EXAMPLES = Path.of("../examples");
    private static final String NAMESPACE = "default";

    private ApiServer server;
    private KubernetesClient client;

    @BeforeAll
    void start() throws IOException {
        server = ApiServer.start();
        client = server.client();
    }

    @AfterAll
    void stop() throws IOException {
        client.close();
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> validIsAccepted() throws IOException {
        return tests(CORPUS.resolve("valid"), file -> {
            var manifest = read(file);
            var created = client.resource(manifest).inNamespace(NAMESPACE).create();
            try {
                MergeExperiment typed = client.resources(MergeExperiment.class)
                        .inNamespace(NAMESPACE)
                        .withName(created.getMetadata().getName())
                        .get();
                assertThat(typed.getSpec().models()).hasSizeBetween(2, 16);
                assertThat(Serialization.unmarshal(Serialization.asJson(typed.getSpec()), MergeExperimentSpec.class))
                        .as("the spec through the Java types and back")
                        .isEqualTo(typed.getSpec());
            } finally {
                client.resource(created).delete();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> examplesAreAccepted() throws IOException {
        var folders = new ArrayList<DynamicTest>();
        for (String name : List.of("maths-ja", "lists-ko", "paper-7b")) {
            tests(EXAMPLES.resolve(name), file -> accept(read(file))).forEach(folders::add);
        }
        return Stream.concat(folders.stream(), Stream.of(DynamicTest.dynamicTest("mgsm", this::acceptMgsm)));
    }

    /** The experiment, and its search with each of the ready tasks. */
    private void acceptMgsm() throws IOException {
        Path folder = EXAMPLES.resolve("mgsm");
        accept(read(folder.resolve("experiment.yaml")));
        List<?> tasks = Serialization.unmarshal(Files.readString(folder.resolve("tasks.yaml")), List.class);
        assertThat(tasks).hasSizeGreaterThan(1);
        for (Object task : tasks) {
            ObjectNode manifest = Serialization.jsonMapper().valueToTree(read(folder.resolve("experiment.yaml")));
            JsonNode tree = Serialization.jsonMapper().valueToTree(task);
            manifest.withObject("/spec/evaluation").putArray("tasks").add(tree);
            manifest.withObject("/spec/objectives/0").set("task", tree.get("name"));
            accept(Serialization.jsonMapper().treeToValue(manifest, GenericKubernetesResource.class));
        }
    }

    private void accept(GenericKubernetesResource manifest) {
        manifest.getMetadata().setNamespace(NAMESPACE);
        var created = client.resource(manifest).create();
        client.resource(created).delete();
    }

    @TestFactory
    Stream<DynamicTest> invalidIsRefused() throws IOException {
        return tests(CORPUS.resolve("invalid"), file -> {
            var valid = Serialization.jsonMapper().valueToTree(read(CORPUS.resolve("valid/minimal.yaml")));
            var patch = Serialization.yamlMapper().readTree(Files.readString(file));
            var manifest = Serialization.jsonMapper()
                    .treeToValue(MergePatch.apply(valid, patch), GenericKubernetesResource.class);
            assertThatThrownBy(() ->
                            client.resource(manifest).inNamespace(NAMESPACE).create())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining(expected(file));
        });
    }

    @TestFactory
    Stream<DynamicTest> validUpdatesAreAccepted() throws IOException {
        return tests(CORPUS.resolve("updates/valid"), file -> update(file));
    }

    @TestFactory
    Stream<DynamicTest> invalidUpdatesAreRefused() throws IOException {
        return tests(CORPUS.resolve("updates/invalid"), file -> assertThatThrownBy(() -> update(file))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(expected(file)));
    }

    private void update(Path patch) throws IOException {
        var manifest = read(CORPUS.resolve("valid/full.yaml"));
        manifest.getMetadata()
                .setName("update-" + patch.getFileName().toString().replace(".yaml", ""));
        var resource = client.resource(manifest).inNamespace(NAMESPACE);
        resource.create();
        try {
            resource.patch(
                    PatchContext.of(PatchType.JSON_MERGE),
                    Serialization.yamlMapper().readTree(Files.readString(patch)).toString());
        } finally {
            resource.delete();
        }
    }

    private static String expected(Path file) throws IOException {
        String first = Files.readAllLines(file).getFirst();
        assertThat(first).as("first line of %s", file).startsWith("# ");
        return first.substring(2);
    }

    private static GenericKubernetesResource read(Path file) throws IOException {
        return Serialization.unmarshal(Files.readString(file), GenericKubernetesResource.class);
    }

    private static Stream<DynamicTest> tests(Path folder, Check check) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> sorted = files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
            assertThat(sorted).as("manifests in %s", folder).isNotEmpty();
            return sorted.stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check.run(file)));
        }
    }

    private interface Check {
        void run(Path file) throws IOException;
    }
}
