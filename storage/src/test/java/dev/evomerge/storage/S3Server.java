package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A real S3 server, versitygw, over a directory: each folder in it is a bucket.
 *
 * <p>The program is the one that {@code EVOMERGE_VERSITYGW} names, or that {@code e2e/cluster/toolchain versitygw} has built into the cache.
 * Tests fail without it, unless they are skipped on purpose by {@code -Devomerge.test.s3=skip}.
 */
public final class S3Server implements AutoCloseable {

    public static final String ACCESS_KEY = "testing";
    public static final String SECRET_KEY = "testing-secret";

    private final TestServer server;
    private final Path directory;
    private final String endpoint;

    private S3Server(TestServer server, Path directory, String endpoint) {
        this.server = server;
        this.directory = directory;
        this.endpoint = endpoint;
    }

    /** Starts a server whose buckets are folders of {@code directory}, and waits until it listens. */
    public static S3Server start(Path directory) throws IOException, InterruptedException {
        return start(directory, "http");
    }

    /** The same, by HTTP or HTTPS, with more of the program's options. */
    static S3Server start(Path directory, String scheme, String... options) throws IOException, InterruptedException {
        assumeFalse(
                "skip".equals(System.getProperty("evomerge.test.s3")),
                "S3 tests are skipped by -Devomerge.test.s3=skip");
        Path buckets = Files.createDirectories(directory.resolve("buckets"));
        Path metadata = Files.createDirectories(directory.resolve("metadata"));
        int port = TestServer.freePort();
        List<String> command = new ArrayList<>(List.of(program().toString(), "--port", "127.0.0.1:" + port, "--quiet"));
        command.addAll(List.of(options));
        command.addAll(List.of("posix", "--sidecar", metadata.toString(), buckets.toString()));
        TestServer server = TestServer.start(
                port,
                directory.resolve("log"),
                Map.of("ROOT_ACCESS_KEY", ACCESS_KEY, "ROOT_SECRET_KEY", SECRET_KEY),
                command);
        return new S3Server(server, buckets, scheme + "://127.0.0.1:" + port);
    }

    public void createBucket(String name) throws IOException {
        Files.createDirectories(directory.resolve(name));
    }

    /** Makes an account that may do nothing in any bucket; the server must have been started with {@code --iam-dir}. */
    void createUser(String accessKey, String secretKey) throws IOException, InterruptedException {
        Process admin = new ProcessBuilder(
                        program().toString(),
                        "admin",
                        "--access",
                        ACCESS_KEY,
                        "--secret",
                        SECRET_KEY,
                        "--endpoint-url",
                        endpoint,
                        "create-user",
                        "--access",
                        accessKey,
                        "--secret",
                        secretKey,
                        "--role",
                        "user")
                .redirectErrorStream(true)
                .start();
        String said = new String(admin.getInputStream().readAllBytes());
        assertThat(admin.waitFor()).as(said).isZero();
    }

    public String endpoint() {
        return endpoint;
    }

    /** Settings that reach this server, with further ones or other values in pairs. */
    public StorageAccess access(String... overrides) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "AWS_ENDPOINT_URL",
                endpoint(),
                "AWS_REGION",
                "us-east-1",
                "AWS_ACCESS_KEY_ID",
                ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                SECRET_KEY));
        for (int i = 0; i < overrides.length; i += 2) {
            settings.put(overrides[i], overrides[i + 1]);
        }
        return new StorageAccess(settings);
    }

    @Override
    public void close() throws InterruptedException {
        server.close();
    }

    private static Path program() throws IOException {
        String named = System.getenv("EVOMERGE_VERSITYGW");
        if (named != null) {
            return Path.of(named);
        }
        Optional<Path> newest = TestServer.built("toolchain", "bin/versitygw");
        assertThat(newest)
                .as(
                        "the S3 server versitygw: build it by 'e2e/cluster/toolchain versitygw', name one in EVOMERGE_VERSITYGW, or skip these"
                                + " tests by -Devomerge.test.s3=skip")
                .isPresent();
        return newest.get();
    }
}
