package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code az://}, against Azurite. */
class AzureStorageTest extends StorageContract {

    private static TestServer server;
    private static int port;

    private Storage storage;

    @BeforeAll
    static void startServer(@TempDir Path directory) throws Exception {
        port = TestServer.freePort();
        server = CloudServers.azure(directory, port);
        CloudServers.createAzureContainer(port, "container");
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() throws StorageException {
        storage = Storages.open(StorageUri.parse("az://container/" + UUID.randomUUID()), access(CloudServers.KEY));
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    Storage storage() {
        return storage;
    }

    private static StorageAccess access(String key) {
        return new StorageAccess(Map.of(
                "AZURE_STORAGE_ACCOUNT",
                CloudServers.ACCOUNT,
                "AZURE_STORAGE_KEY",
                key,
                "AZURE_STORAGE_SERVICE_ENDPOINT",
                CloudServers.azureEndpoint(port)));
    }

    @Test
    void tellsThatThereIsNoContainer() throws IOException {
        try (Storage other = Storages.open(StorageUri.parse("az://missing/folder"), access(CloudServers.KEY))) {
            assertThatThrownBy(() -> other.read("config.json"))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_BUCKET))
                    .hasMessageContaining("no bucket 'missing'")
                    .hasMessageContaining("AZURE_STORAGE_ACCOUNT");
        }
    }

    @Test
    void tellsThatAccessIsDenied() throws IOException {
        try (Storage wrongKey = Storages.open(storage.uri(""), access("d3Jvbmc="))) {
            assertThatThrownBy(() -> wrongKey.read("config.json"))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                    .hasMessageContaining("check the credentials");
        }
    }

    @Test
    void namesTheSettingThatIsMissing() throws IOException {
        StorageUri folder = StorageUri.parse("az://container/folder");
        assertThatThrownBy(() -> Storages.open(folder, new StorageAccess(Map.of())))
                .hasMessageContaining("AZURE_STORAGE_ACCOUNT is not set");
        assertThatThrownBy(() -> Storages.open(folder, new StorageAccess(Map.of("AZURE_STORAGE_ACCOUNT", "a"))))
                .hasMessageContaining("AZURE_STORAGE_KEY is not set")
                .hasMessageContaining("AZURE_STORAGE_SAS_TOKEN");
    }
}
