package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What S3 servers do beside serving: refuse, throttle, want HTTPS, tokens or another way to name buckets. */
class S3ServersTest {

    private static final String SLOW_DOWN = answer(
            "503 Slow Down", "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");

    @TempDir
    Path directory;

    private StorageUri folder;

    @BeforeEach
    void nameFolder() throws StorageException {
        folder = StorageUri.parse("s3://bucket/folder");
    }

    @Test
    void tellsThatAnAccountMayNotReadOrWrite() throws Exception {
        try (S3Server server = start("http", "--iam-dir", directory.toString())) {
            server.createUser("guest", "guest-secret");
            try (Storage owner = Storages.open(folder, server.access());
                    Storage guest = Storages.open(
                            folder,
                            server.access("AWS_ACCESS_KEY_ID", "guest", "AWS_SECRET_ACCESS_KEY", "guest-secret"))) {
                owner.put("config.json", new byte[2]);
                assertDenied(() -> guest.read("config.json"), "read objects");
                assertDenied(() -> guest.put("config.json", new byte[1]), "write objects");
                assertDenied(() -> guest.list(""), "list objects");
            }
        }
    }

    private static void assertDenied(org.assertj.core.api.ThrowableAssert.ThrowingCallable action, String part) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContainingAll("AccessDenied", part);
    }

    @Test
    void waitsForAServerThatThrottlesAndGivesUpInTheEnd() throws Exception {
        var refusals = new AtomicInteger(2);
        try (S3Server server = start("http");
                Gate gate = new Gate(
                        server.endpoint(),
                        head -> refusals.getAndDecrement() > 0 ? Optional.of(SLOW_DOWN) : Optional.empty());
                Storage direct = Storages.open(folder, server.access());
                Storage throttled = Storages.open(folder, through(server, gate))) {
            direct.put("config.json", new byte[2]);

            assertThat(throttled.read("config.json")).hasSize(2);
            assertThat(gate.heads()).as("two refusals and the answer").hasSizeGreaterThanOrEqualTo(3);

            refusals.set(Integer.MAX_VALUE);
            try (Storage other = Storages.open(folder, through(server, gate))) {
                assertThatThrownBy(() -> other.list(""))
                        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.reason())
                                .isEqualTo(Reason.UNREACHABLE))
                        .hasMessageContainingAll("too busy", "SlowDown");
            }
        }
    }

    /** The server has no service that gives tokens out, so it knows none; that it refuses this one shows that it was sent and signed. */
    @Test
    void signsTheTokenOfTemporaryCredentialsAndTellsThatItIsNoMoreValid() throws Exception {
        try (S3Server server = start("http");
                Gate gate = open(server);
                Storage storage = Storages.open(
                        folder,
                        server.access("AWS_ENDPOINT_URL", gate.endpoint(), "AWS_SESSION_TOKEN", "for-an-hour"))) {
            assertThatThrownBy(() -> storage.put("config.json", new byte[2]))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                    .hasMessageContaining("InvalidToken");
            assertThat(gate.heads().getFirst())
                    .containsIgnoringCase("x-amz-security-token: for-an-hour")
                    .containsPattern("SignedHeaders=[^,]*x-amz-security-token");
        }
    }

    @Test
    void namesTheBucketInThePathOrInTheHost() throws Exception {
        try (S3Server server = start("http", "--virtual-domain", "s3.test");
                Gate gate = open(server)) {
            StorageAccess inPath = server.access("AWS_ENDPOINT_URL", gate.endpoint());
            try (Storage storage = Storages.open(folder, inPath)) {
                storage.put("config.json", new byte[2]);
            }
            assertThat(gate.heads().getLast()).startsWith("PUT /bucket/folder/config.json ");

            StorageAccess inHost =
                    server.access("AWS_ENDPOINT_URL", "http://s3.test", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true");
            // The gate is the proxy, since no name server knows s3.test.
            assertThat(StoreProbe.run(folder.toString(), inHost, Map.of("http_proxy", gate.endpoint())))
                    .contains("there [Entry[path=config.json, size=2], Entry[path=probe, size=5]]");
            assertThat(gate.heads().getLast()).containsIgnoringCase("host: bucket.s3.test");
        }
    }

    @Test
    void trustsAPrivateAuthority() throws Exception {
        run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt"
                        + " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other -keyout other.key -out crt.other"
                        + " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=store -keyout key -out request"
                        + " && printf 'subjectAltName=IP:127.0.0.1\\nextendedKeyUsage=serverAuth\\n' >extensions"
                        + " && openssl x509 -req -days 2 -CA ca.crt -CAkey ca.key -set_serial 1 -extfile extensions -in request -out crt");
        String authority = Files.readString(directory.resolve("ca.crt"));
        try (S3Server server = start("https", "--cert", file("crt"), "--key", file("key"));
                Storage trusting = Storages.open(folder, server.access());
                Storage byText = Storages.open(folder, server.access("AWS_CA_BUNDLE", authority));
                Storage byFile = Storages.open(folder, server.access("SSL_CERT_FILE", file("ca.crt")));
                Storage other = Storages.open(folder, server.access("AWS_CA_BUNDLE", file("crt.other")))) {
            byte[] content = new byte[20_000_000];
            new Random(3).nextBytes(content);
            try (Storage.Upload upload = byText.upload("model")) {
                upload.write(content);
            }
            assertThat(byFile.read("model")).isEqualTo(content);
            assertThat(byText.list("")).containsExactly(new Storage.Entry("model", content.length));
            for (Storage stranger : List.of(trusting, other)) {
                assertThatThrownBy(() -> stranger.read("model"))
                        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.reason())
                                .isEqualTo(Reason.UNREACHABLE))
                        .hasMessageContainingAll("certificate is not trusted", "AWS_CA_BUNDLE");
            }
        }
        assertThatThrownBy(() -> Storages.open(
                        folder,
                        new StorageAccess(
                                Map.of("AWS_ENDPOINT_URL", "https://127.0.0.1:9", "AWS_CA_BUNDLE", "/no/such/file"))))
                .hasMessageContainingAll("AWS_CA_BUNDLE", "/no/such/file", "expected PEM");
    }

    private S3Server start(String scheme, String... options) throws IOException, InterruptedException {
        S3Server server = S3Server.start(directory, scheme, options);
        server.createBucket("bucket");
        return server;
    }

    /** A gate that refuses nothing. */
    private static Gate open(S3Server server) throws IOException {
        Function<String, Optional<String>> nothing = head -> Optional.empty();
        return new Gate(server.endpoint(), nothing);
    }

    private static StorageAccess through(S3Server server, Gate gate) {
        return server.access("AWS_ENDPOINT_URL", gate.endpoint());
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private void run(String script) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder("sh", "-c", script)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(shell.getInputStream().readAllBytes());
        assertThat(shell.waitFor()).as(said).isZero();
    }

    private static String answer(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: application/xml\r\nContent-Length: " + body.length()
                + "\r\nConnection: close\r\n\r\n" + body;
    }
}
