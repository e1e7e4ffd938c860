package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedStorageTest {

    private static S3Server server;

    @TempDir
    private Path cache;

    private Storage origin;

    @BeforeAll
    static void startServer(@TempDir Path directory) throws Exception {
        server = S3Server.start(directory);
        server.createBucket("bucket");
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        server.close();
    }

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        origin = Storages.open(StorageUri.parse("s3://bucket/" + folder.getFileName()), server.access());
        origin.put("model.safetensors", "first".getBytes(UTF_8));
    }

    @AfterEach
    void close() {
        origin.close();
    }

    /** Another process with the same folder. */
    private Storage cached() {
        return new CachedStorage(origin, cache, Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));
    }

    @Test
    void fetchesAnObjectOnce() throws IOException {
        Path copy = cached().localFile("model.safetensors").orElseThrow();
        assertThat(copy).hasContent("first");
        Object file = Files.readAttributes(copy, "unix:ino").get("ino");

        Path again = cached().localFile("model.safetensors").orElseThrow();

        assertThat(again).isEqualTo(copy);
        assertThat(Files.readAttributes(again, "unix:ino").get("ino"))
                .as("the same file")
                .isEqualTo(file);
    }

    @Test
    void fetchesAnObjectThatHasChangedAnew() throws IOException {
        cached().localFile("model.safetensors");

        origin.put("model.safetensors", "other".getBytes(UTF_8));

        assertThat(cached().localFile("model.safetensors").orElseThrow()).hasContent("other");
    }

    @Test
    void replacesACopyThatIsNotWhole() throws IOException {
        Path copy = cached().localFile("model.safetensors").orElseThrow();
        Files.writeString(copy, "fi");

        assertThat(cached().localFile("model.safetensors").orElseThrow()).hasContent("first");
    }

    @Test
    void leavesNoPartBehindAndNamesNothingThatIsMissing() throws IOException {
        assertThat(cached().localFile("nothing")).isEmpty();
        cached().localFile("model.safetensors");
        try (Stream<Path> files = Files.list(cache)) {
            assertThat(files).noneMatch(file -> file.toString().endsWith(".part"));
        }
    }

    @Test
    void readsAndWritesTheOrigin() throws IOException {
        try (Storage storage = cached()) {
            storage.put("a", "x".getBytes(UTF_8));
            assertThat(origin.read("a")).isEqualTo("x".getBytes(UTF_8));
            assertThat(storage.list("")).hasSize(2);
            assertThat(storage.uri("a")).isEqualTo(origin.uri("a"));
        }
    }

    @Test
    void keepsOneCopyWhenSeveralWantOneObject() throws Exception {
        List<Callable<Path>> wishes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            wishes.add(() -> cached().localFile("model.safetensors").orElseThrow());
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(wishes.size())) {
            for (var wish : threads.invokeAll(wishes)) {
                assertThat(wish.get()).hasContent("first");
            }
        }
    }
}
