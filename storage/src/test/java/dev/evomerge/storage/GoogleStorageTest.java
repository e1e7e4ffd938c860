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

/** {@code gs://}, against fake-gcs-server, behind a stand-in for the uploads in parts that it lacks. */
class GoogleStorageTest extends StorageContract {

    private static TestServer server;
    private static GoogleMultipartStandIn multipart;
    private static StorageAccess access;

    private Storage storage;

    @BeforeAll
    static void startServer(@TempDir Path directory) throws Exception {
        int port = TestServer.freePort();
        server = CloudServers.google(directory, port);
        CloudServers.createGoogleBucket(port, "bucket");
        multipart = new GoogleMultipartStandIn(port);
        access = new StorageAccess(Map.of("STORAGE_EMULATOR_HOST", multipart.endpoint()));
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        if (multipart != null) {
            multipart.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() throws StorageException {
        storage = Storages.open(StorageUri.parse("gs://bucket/" + UUID.randomUUID()), access);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    Storage storage() {
        return storage;
    }

    @Test
    @Override
    void keepsNamesThatNeedEscaping() {
        assertThatThrownBy(() -> storage.put("a b", bytes("x")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("letters, digits");
    }

    @Test
    @Override
    void uploadsInParts() throws IOException {
        super.uploadsInParts();
        assertThat(multipart.completed()).as("40 MB in parts of 16 MiB").containsExactly(3);
    }

    @Test
    void tellsThatThereIsNoBucket() throws IOException {
        try (Storage other = Storages.open(StorageUri.parse("gs://missing/folder"), access)) {
            assertThatThrownBy(() -> other.put("spec.json", bytes("{}")))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("gs://missing/folder/spec.json");
        }
    }

    @Test
    void tellsThatTheStoreCannotBeReached() throws IOException {
        var nowhere = new StorageAccess(Map.of("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9"));
        try (Storage other = Storages.open(storage.uri(""), nowhere)) {
            assertThatThrownBy(() -> other.read("config.json"))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
                    .hasMessageContaining("STORAGE_EMULATOR_HOST");
        }
    }
}
