package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real S3 server, versitygw, over a directory: each folder in it is a bucket.
 *
 * <p>The program is the one that {@code EVOMERGE_VERSITYGW} names, or that {@code e2e/cluster/toolchain versitygw} has built into the cache.
 * Tests fail without it, unless they are skipped on purpose by {@code -Devomerge.test.s3=skip}.
 */
public final class S3Server implements AutoCloseable {

    public static final String ACCESS_KEY = "testing";
    public static final String SECRET_KEY = "testing-secret";

    private final Process process;
    private final Path directory;
    private final int port;

    private S3Server(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Starts a server whose buckets are folders of {@code directory}, and waits until it listens. */
    public static S3Server start(Path directory) throws IOException, InterruptedException {
        assumeFalse(
                "skip".equals(System.getProperty("evomerge.test.s3")),
                "S3 tests are skipped by -Devomerge.test.s3=skip");
        Path buckets = Files.createDirectories(directory.resolve("buckets"));
        Path metadata = Files.createDirectories(directory.resolve("metadata"));
        int port = freePort();
        ProcessBuilder builder = new ProcessBuilder(
                program().toString(),
                "--port",
                "127.0.0.1:" + port,
                "--quiet",
                "posix",
                "--sidecar",
                metadata.toString(),
                buckets.toString());
        builder.environment().put("ROOT_ACCESS_KEY", ACCESS_KEY);
        builder.environment().put("ROOT_SECRET_KEY", SECRET_KEY);
        builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        S3Server server = new S3Server(builder.start(), buckets, port);
        server.awaitListening(directory.resolve("log"));
        return server;
    }

    public void createBucket(String name) throws IOException {
        Files.createDirectories(directory.resolve(name));
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
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
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private static Path program() throws IOException {
        String named = System.getenv("EVOMERGE_VERSITYGW");
        if (named != null) {
            return Path.of(named);
        }
        String cache = Optional.ofNullable(System.getenv("EVOMERGE_CACHE"))
                .orElse(System.getProperty("user.home") + "/.cache/evomerge");
        Path toolchains = Path.of(cache, "toolchain");
        Optional<Path> newest = Optional.empty();
        if (Files.isDirectory(toolchains)) {
            try (Stream<Path> built = Files.list(toolchains)) {
                newest = built.map(folder -> folder.resolve("bin/versitygw"))
                        .filter(Files::isExecutable)
                        .max((a, b) -> modified(a).compareTo(modified(b)));
            }
        }
        assertThat(newest)
                .as(
                        "the S3 server versitygw: build it by 'e2e/cluster/toolchain versitygw', name one in EVOMERGE_VERSITYGW, or skip these"
                                + " tests by -Devomerge.test.s3=skip")
                .isPresent();
        return newest.get();
    }

    private static Long modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitListening(Path log) throws IOException, InterruptedException {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); System.nanoTime() < end; Thread.sleep(20)) {
            assertThat(process.isAlive())
                    .as(() -> "versitygw ended: " + text(log))
                    .isTrue();
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
                return;
            } catch (IOException e) {
                // not yet
            }
        }
        close();
        throw new IOException("versitygw does not listen after 30 s: " + text(log));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
