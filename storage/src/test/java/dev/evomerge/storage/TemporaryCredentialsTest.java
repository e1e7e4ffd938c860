package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code s3://} with what {@code AssumeRole} gives out for an hour, as a cloud's role or federation does; by MinIO, whose token service is one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TemporaryCredentialsTest {

    private TestServer server;
    private String endpoint;
    private String given;

    @BeforeAll
    void startServer(@TempDir Path directory) throws Exception {
        int port = TestServer.freePort();
        server = CloudServers.minio(directory, port);
        endpoint = "http://127.0.0.1:" + port;
        // It listens a moment before it serves.
        Awaitility.await("the bucket is made")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> signed("s3", "-X", "PUT", endpoint + "/bucket").isEmpty());
    }

    @AfterAll
    void stopServer() throws InterruptedException {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void assumeRole() throws Exception {
        given = signed("sts", "-d", "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600", endpoint + "/");
    }

    @Test
    void readsAndWritesWithThem() throws IOException {
        byte[] large = new byte[20_000_000];
        large[12_345_678] = 7;
        try (Storage storage = open(Map.of())) {
            assertThat(storage.putIfAbsent("record.json", new byte[2])).isTrue();
            assertThat(storage.putIfAbsent("record.json", new byte[3])).isFalse();
            try (Storage.Upload upload = storage.upload("model.safetensors")) {
                upload.write(large);
            }
            assertThat(storage.read("model.safetensors")).isEqualTo(large);
            assertThat(storage.list("")).hasSize(2);
        }
    }

    @Test
    void isRefusedWithoutTheirTokenOrWithAnother() throws IOException {
        for (String token : List.of("", text("SessionToken").replaceFirst("....$", "AAAA"))) {
            try (Storage storage = open(Map.of("AWS_SESSION_TOKEN", token))) {
                assertThatThrownBy(() -> storage.put("config.json", new byte[2]))
                        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.reason())
                                .isEqualTo(Reason.DENIED))
                        .hasMessageContaining("s3://bucket/folder/config.json");
            }
        }
    }

    @Test
    void renewedOnesAreUsedOnceTheOldAreRefused(@TempDir Path secret) throws IOException {
        Files.writeString(secret.resolve("AWS_SESSION_TOKEN"), "expired");
        try (Storage storage =
                open("renewed", Map.of("AWS_SESSION_TOKEN", "expired", StorageAccess.CREDENTIALS, secret.toString()))) {
            assertThatThrownBy(() -> storage.put("result.json", new byte[2]))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));

            mountAsKubernetesDoes(secret, "AWS_SESSION_TOKEN", text("SessionToken"));

            try (Storage.Upload upload = storage.upload("model.safetensors")) {
                upload.write(new byte[20_000_000]);
            }
            storage.put("result.json", new byte[2]);
            assertThat(storage.list("")).hasSize(2);
        }
    }

    /** A Secret's files are links to a folder that is swapped as a whole. */
    private static void mountAsKubernetesDoes(Path secret, String key, String value) throws IOException {
        Path data = Files.createDirectory(secret.resolve("..2026_11_24"));
        Files.writeString(data.resolve(key), value);
        Files.createSymbolicLink(secret.resolve("..data"), data.getFileName());
        Files.delete(secret.resolve(key));
        Files.createSymbolicLink(secret.resolve(key), Path.of("..data", key));
    }

    private Storage open(Map<String, String> others) throws StorageException {
        return open("folder", others);
    }

    private Storage open(String folder, Map<String, String> others) throws StorageException {
        Map<String, String> settings = new HashMap<>(Map.of(
                "AWS_ENDPOINT_URL", endpoint,
                "AWS_REGION", "us-east-1",
                "AWS_ACCESS_KEY_ID", text("AccessKeyId"),
                "AWS_SECRET_ACCESS_KEY", text("SecretAccessKey"),
                "AWS_SESSION_TOKEN", text("SessionToken")));
        settings.putAll(others);
        return Storages.open(StorageUri.parse("s3://bucket/" + folder), new StorageAccess(settings));
    }

    private String text(String element) {
        var matcher =
                Pattern.compile("<" + element + ">([^<]+)</" + element + ">").matcher(given);
        assertThat(matcher.find()).as("%s in %s", element, given).isTrue();
        return matcher.group(1);
    }

    /** What the server says to a request of its owner. */
    private static String signed(String service, String... request) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "curl", "-sS", "--aws-sigv4", "aws:amz:us-east-1:" + service, "--user", "testing:testing-secret"));
        command.addAll(List.of(request));
        Process curl = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(curl.getInputStream().readAllBytes(), UTF_8);
        assertThat(curl.waitFor()).as(said).isZero();
        return said;
    }
}
