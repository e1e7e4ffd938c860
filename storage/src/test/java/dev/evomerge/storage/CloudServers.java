package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Servers that stand for the clouds' stores: fake-gcs-server, Azurite, and for temporary credentials MinIO, built by {@code storage/src/test/servers/build}. Where they
 * have not been built the tests are skipped, unless {@code -Devomerge.test.clouds=required}.
 */
final class CloudServers {

    /** An account of Azurite, and its key. */
    static final String ACCOUNT = "evomerge";

    static final String KEY = Base64.getEncoder().encodeToString("a key for tests".getBytes(UTF_8));

    private CloudServers() {}

    static TestServer google(Path directory, int port) throws IOException, InterruptedException {
        return TestServer.start(
                port,
                directory.resolve("log"),
                Map.of(),
                List.of(
                        program("fake-gcs-server").toString(),
                        "-scheme=http",
                        "-host=127.0.0.1",
                        "-port=" + port,
                        "-external-url=http://127.0.0.1:" + port,
                        "-backend=memory"));
    }

    static void createGoogleBucket(int port, String name) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/storage/v1/b"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"" + name + "\"}"))
                .build());
    }

    /** An S3 server with a service that gives out temporary credentials, for the root account {@code testing}. */
    static TestServer minio(Path directory, int port) throws IOException, InterruptedException {
        return TestServer.start(
                port,
                directory.resolve("log"),
                Map.of("MINIO_ROOT_USER", "testing", "MINIO_ROOT_PASSWORD", "testing-secret", "MINIO_BROWSER", "off"),
                List.of(
                        program("minio").toString(),
                        "server",
                        "--quiet",
                        "--address",
                        "127.0.0.1:" + port,
                        directory.resolve("buckets").toString()));
    }

    static TestServer azure(Path directory, int port) throws IOException, InterruptedException {
        return TestServer.start(
                port,
                directory.resolve("log"),
                Map.of("AZURITE_ACCOUNTS", ACCOUNT + ":" + KEY),
                List.of(
                        program("azurite/node_modules/.bin/azurite-blob").toString(),
                        "--blobHost",
                        "127.0.0.1",
                        "--blobPort",
                        String.valueOf(port),
                        "--inMemoryPersistence",
                        "--disableTelemetry",
                        "--silent"));
    }

    /** With a signature by the account's key, as the service's reference of "Authorize with Shared Key" describes it. */
    static void createAzureContainer(int port, String name)
            throws IOException, InterruptedException, GeneralSecurityException {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        String version = "2021-12-02";
        String signed = "PUT" + "\n".repeat(12) + "x-ms-date:" + date + "\nx-ms-version:" + version + "\n/" + ACCOUNT
                + "/" + ACCOUNT + "/" + name + "\nrestype:container";
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
        send(HttpRequest.newBuilder(URI.create(azureEndpoint(port) + "/" + name + "?restype=container"))
                .header("x-ms-date", date)
                .header("x-ms-version", version)
                .header(
                        "Authorization",
                        "SharedKey " + ACCOUNT + ":"
                                + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(UTF_8))))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build());
    }

    static String azureEndpoint(int port) {
        return "http://127.0.0.1:" + port + "/" + ACCOUNT;
    }

    private static void send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        }
    }

    private static Path program(String name) throws IOException {
        Optional<Path> program = TestServer.built("servers", name);
        if (!"required".equals(System.getProperty("evomerge.test.clouds"))) {
            assumeTrue(program.isPresent(), () -> name + " has not been built: run storage/src/test/servers/build");
        }
        return program.orElseThrow(() -> new AssertionError(name + ": run storage/src/test/servers/build"));
    }
}
