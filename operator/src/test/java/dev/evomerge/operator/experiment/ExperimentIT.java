package dev.evomerge.operator.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.crds.ApiServer;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.operator.condition.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Whole experiments on a real API server; pods and evaluators are stand-ins. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExperimentIT {

    private ApiServer server;
    private Bench bench;

    @BeforeAll
    void startServer() throws IOException {
        server = ApiServer.start();
    }

    @AfterAll
    void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Bench(server, folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void anExperimentEndsWithTheExportedWinner() throws IOException {
        bench.startOperator();
        try (var node = bench.node(NodeStandIn.WELL)) {
            bench.apply("whole", spec -> {});

            var status = bench.awaitReason("whole", "Completed");

            assertThat(status.state()).isEqualTo(MergeExperimentStatus.State.Succeeded);
            assertThat(Conditions.find(status.conditions(), "Succeeded").map(Condition::getStatus))
                    .contains("True");
            assertThat(status.winner().uri()).endsWith("/output");
            assertThat(Double.parseDouble(status.winner().test().score())).isBetween(0.5, 1.0);
            assertThat(Files.exists(EvaluatorStandIn.path(status.winner().uri() + "/mergekit_config.yml")))
                    .isTrue();
            assertThat(bench.client
                            .resources(MergeGeneration.class)
                            .inNamespace(bench.namespace)
                            .list()
                            .getItems())
                    .hasSizeLessThanOrEqualTo(Generations.KEPT)
                    .allMatch(
                            generation -> generation.getStatus().state().name().equals("Recorded"));
        }
    }
}
