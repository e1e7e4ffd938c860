package dev.evomerge.cli.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.ApiServer;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.spec.ImmutableSpec;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * An experiment is the same whether a real API server or this room has completed it: the history of a local run lies in the folder where the
 * operator would look for it, and the same search comes of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiServerDefaultsIT {

    private static final Path CORPUS = Path.of("../crds/src/test/resources/corpus/valid");

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
    Stream<DynamicTest> specIsTheSame() throws IOException {
        List<Path> files;
        try (Stream<Path> corpus = Files.list(CORPUS)) {
            files = corpus.sorted().toList();
        }
        assertThat(files).isNotEmpty();
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    MergeExperiment served = served(file);
                    MergeExperiment here = ExperimentManifest.read(file).experiment();
                    assertThat(new String(ImmutableSpec.of(here.getSpec()).json(), UTF_8))
                            .isEqualTo(new String(
                                    ImmutableSpec.of(served.getSpec()).json(), UTF_8));
                    assertThat(here.getSpec()).isEqualTo(served.getSpec());
                }));
    }

    private MergeExperiment served(Path file) throws IOException {
        var resource = client.resource(Serialization.unmarshal(Files.readString(file), GenericKubernetesResource.class))
                .inNamespace("default");
        var created = resource.create();
        try {
            return client.resources(MergeExperiment.class)
                    .inNamespace("default")
                    .withName(created.getMetadata().getName())
                    .get();
        } finally {
            client.resource(created).delete();
        }
    }
}
