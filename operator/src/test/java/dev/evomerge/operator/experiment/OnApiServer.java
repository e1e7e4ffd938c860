package dev.evomerge.operator.experiment;

import dev.evomerge.crds.ApiServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Tests on a real API server, one for the class; each has a {@link Bench} and a folder of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OnApiServer {

    private ApiServer server;
    Bench bench;
    Path folder;

    @BeforeAll
    final void startServer() throws IOException {
        server = ApiServer.start();
    }

    @AfterAll
    final void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    final void openBench(@TempDir Path folder) {
        this.folder = folder;
        bench = new Bench(server, folder);
    }

    @AfterEach
    final void closeBench() {
        bench.close();
    }
}
