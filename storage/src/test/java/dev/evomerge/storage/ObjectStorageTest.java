package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStorageTest extends StorageContract {

    private static S3Server server;

    private Storage storage;

    @BeforeAll
    static void startServer(@TempDir Path directory) throws Exception {
        server = S3Server.start(directory);
        server.createBucket("bucket");
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() throws StorageException {
        storage = Storages.open(StorageUri.parse("s3://bucket/" + UUID.randomUUID()), server.access());
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
    void opensAWholeBucket() throws IOException {
        server.createBucket("whole");
        try (Storage whole = Storages.open(StorageUri.parse("s3://whole"), server.access())) {
            whole.put("a", bytes("x"));
            assertThat(whole.list("")).containsExactly(new Storage.Entry("a", 1));
            assertThat(whole.uri("a")).hasToString("s3://whole/a");
        }
    }

    @Test
    void tellsThatThereIsNoBucket() throws IOException {
        try (Storage other = Storages.open(StorageUri.parse("s3://missing/folder"), server.access())) {
            assertFails(
                    () -> other.read("config.json"),
                    Reason.NO_BUCKET,
                    "s3://missing/folder/config.json",
                    "no bucket 'missing'");
            assertFails(() -> other.list(""), Reason.NO_BUCKET, "s3://missing/folder");
            assertFails(
                    () -> other.putIfAbsent("spec.json", bytes("{}")),
                    Reason.NO_BUCKET,
                    "s3://missing/folder/spec.json");
        }
    }

    @Test
    void tellsThatAccessIsDenied() throws IOException {
        storage.put("config.json", bytes("{}"));
        try (Storage wrongSecret = Storages.open(storage.uri(""), server.access("AWS_SECRET_ACCESS_KEY", "wrong"));
                Storage unknownKey = Storages.open(storage.uri(""), server.access("AWS_ACCESS_KEY_ID", "stranger"))) {
            assertFails(
                    () -> wrongSecret.read("config.json"),
                    Reason.DENIED,
                    "access denied",
                    "SignatureDoesNotMatch",
                    "check the credentials");
            assertFails(() -> unknownKey.put("config.json", bytes("")), Reason.DENIED, "access denied");
            assertFails(() -> wrongSecret.size("config.json"), Reason.DENIED, "access denied");
        }
    }

    @Test
    void tellsThatTheStoreCannotBeReached() throws IOException {
        try (Storage nowhere =
                Storages.open(storage.uri(""), server.access("AWS_ENDPOINT_URL", "http://127.0.0.1:9"))) {
            assertFails(
                    () -> nowhere.read("config.json"),
                    Reason.UNREACHABLE,
                    storage.uri("config.json").toString(),
                    "AWS_ENDPOINT_URL");
        }
    }

    @Test
    void namesTheSettingThatIsMissing() throws IOException {
        StorageUri folder = StorageUri.parse("s3://bucket/folder");
        assertFails(() -> Storages.open(folder, access()), Reason.INVALID, "AWS_REGION", "AWS_ENDPOINT_URL");
        assertFails(
                () -> Storages.open(folder, access("AWS_REGION", "eu-west-1")),
                Reason.INVALID,
                "AWS_ACCESS_KEY_ID",
                "AWS_ROLE_ARN");
        assertFails(
                () -> Storages.open(folder, access("AWS_REGION", "eu-west-1", "AWS_ACCESS_KEY_ID", "a")),
                Reason.INVALID,
                "AWS_SECRET_ACCESS_KEY is not set");
        assertFails(
                () -> Storages.open(folder, server.access("AWS_ENDPOINT_URL", "minio:9000")),
                Reason.INVALID,
                "'minio:9000'",
                "http(s)://");
    }

    @Test
    void namesTheSchemesThatItKnows() throws IOException {
        StorageUri folder = StorageUri.parse("gopher://bucket/folder");
        assertFails(
                () -> Storages.open(folder, server.access()),
                Reason.INVALID,
                "'gopher'",
                "s3, gs, az, hf, pvc, oci or file");
    }

    @Test
    void takesTheEndpointForS3First() throws IOException {
        StorageAccess access =
                server.access("AWS_ENDPOINT_URL", "http://127.0.0.1:9", "AWS_ENDPOINT_URL_S3", server.endpoint());
        try (Storage other = Storages.open(storage.uri(""), access)) {
            assertThat(other.list("")).isEmpty();
        }
    }

    private static StorageAccess access(String... pairs) {
        Map<String, String> settings = pairs.length == 0
                ? Map.of()
                : pairs.length == 2 ? Map.of(pairs[0], pairs[1]) : Map.of(pairs[0], pairs[1], pairs[2], pairs[3]);
        return new StorageAccess(settings);
    }

    private static void assertFails(ThrowingCallable action, Reason reason, String... parts) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        StorageException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason))
                .hasMessageContainingAll(parts);
    }
}
