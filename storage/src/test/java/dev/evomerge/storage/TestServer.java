package dev.evomerge.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A program that listens on a port of the loopback address while a test runs. */
final class TestServer implements AutoCloseable {

    private final Process process;
    private final Path log;
    private final int port;

    private TestServer(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** Starts a program that was told to listen on {@code port}, and waits until it does. */
    static TestServer start(int port, Path log, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        TestServer server = new TestServer(builder.start(), log, port);
        try {
            Awaitility.await(command.getFirst() + " listens")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .until(server::listens);
        } catch (RuntimeException | AssertionError e) {
            server.close();
            throw new IOException(command.getFirst() + " does not listen: " + text(log), e);
        }
        return server;
    }

    private boolean listens() {
        assertThat(process.isAlive()).as(() -> "it ended: " + text(log)).isTrue();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The newest of what a script has built into a folder of the cache, by its path below {@code *}. */
    static Optional<Path> built(String folder, String program) throws IOException {
        String cache = Optional.ofNullable(System.getenv("EVOMERGE_CACHE"))
                .orElse(System.getProperty("user.home") + "/.cache/evomerge");
        Path versions = Path.of(cache, folder);
        if (!Files.isDirectory(versions)) {
            return Optional.empty();
        }
        try (Stream<Path> built = Files.list(versions)) {
            return built.map(version -> version.resolve(program))
                    .filter(Files::isExecutable)
                    .max(Comparator.comparing(TestServer::modified));
        }
    }

    private static Long modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
