package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.Storage.Entry;
import dev.evomerge.storage.Storage.Upload;
import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every kind of storage promises. */
abstract class StorageContract {

    /** A storage that no other test writes to. */
    abstract Storage storage();

    @Test
    void readsBackWhatWasPut() throws IOException {
        storage().put("a/b.json", bytes("first"));
        storage().put("a/b.json", bytes("second"));
        assertThat(storage().read("a/b.json")).isEqualTo(bytes("second"));
        assertThat(storage().size("a/b.json")).hasValue(6);
    }

    @Test
    void keepsEmptyObjects() throws IOException {
        storage().put("empty", new byte[0]);
        assertThat(storage().read("empty")).isEmpty();
        assertThat(storage().size("empty")).hasValue(0);
        storage().read("empty", 0, MemorySegment.ofArray(new byte[0]));
    }

    @Test
    void keepsNamesThatNeedEscaping() throws IOException {
        String path = "モデル/a b+c%20=&?.json";
        storage().put(path, bytes("x"));
        assertThat(storage().read(path)).isEqualTo(bytes("x"));
        assertThat(storage().list("モデル/")).containsExactly(new Entry(path, 1));
    }

    @Test
    void namesAnObjectThatIsMissing() throws IOException {
        assertThat(storage().size("nothing")).isEmpty();
        assertThatThrownBy(() -> storage().read("nothing"))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND))
                .hasMessageContaining(storage().uri("nothing").toString())
                .hasMessageContaining("does not exist");
        storage().delete("nothing");
    }

    @Test
    void writesOnceOnly() throws IOException {
        assertThat(storage().putIfAbsent("g0000/record.json", bytes("one"))).isTrue();
        assertThat(storage().putIfAbsent("g0000/record.json", bytes("two"))).isFalse();
        assertThat(storage().read("g0000/record.json")).isEqualTo(bytes("one"));
    }

    @Test
    void letsOneOfManyWritersWin() throws Exception {
        int writers = 8;
        CountDownLatch ready = new CountDownLatch(writers);
        try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                byte[] mine = bytes("writer " + i);
                tasks.add(() -> {
                    ready.countDown();
                    ready.await();
                    return storage().putIfAbsent("race", mine);
                });
            }
            List<Integer> winners = new ArrayList<>();
            List<Future<Boolean>> results = threads.invokeAll(tasks);
            for (int i = 0; i < writers; i++) {
                if (results.get(i).get()) {
                    winners.add(i);
                }
            }
            assertThat(winners).hasSize(1);
            assertThat(storage().read("race")).isEqualTo(bytes("writer " + winners.getFirst()));
        }
    }

    @Test
    void listsByPrefixAtAnyDepthInOrder() throws IOException {
        for (String path : List.of(
                "g0001/results/b.json", "g0001/results/a.json", "g0001/results/deep/c", "g0001/resultsx", "g0002/a")) {
            storage().put(path, bytes("12345"));
        }
        assertThat(storage().list("g0001/results/"))
                .containsExactly(
                        new Entry("g0001/results/a.json", 5),
                        new Entry("g0001/results/b.json", 5),
                        new Entry("g0001/results/deep/c", 5));
        assertThat(storage().list("g0001/res")).hasSize(4);
        assertThat(storage().list("")).hasSize(5);
        assertThat(storage().list("g0003/")).isEmpty();
    }

    @Test
    void listsMoreThanOnePage() throws IOException {
        // S3 answers with at most 1,000 at a time.
        for (int i = 0; i < 1_050; i++) {
            storage().put("many/%04d".formatted(i), new byte[0]);
        }
        assertThat(storage().list("many/")).hasSize(1_050).last().isEqualTo(new Entry("many/1049", 0));
    }

    @Test
    void readsRangesIntoMemory() throws IOException {
        byte[] content = random(20_000_003);
        storage().put("model.safetensors", content);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(content.length);
            storage().read("model.safetensors", 0, all);
            assertThat(all.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);

            MemorySegment middle = arena.allocate(9_000_001);
            storage().read("model.safetensors", 1_234_567, middle);
            assertThat(middle.mismatch(MemorySegment.ofArray(content).asSlice(1_234_567, middle.byteSize())))
                    .isEqualTo(-1);
        }
    }

    @Test
    void saysThatAnObjectEndsTooEarly() throws IOException {
        storage().put("short", bytes("12345"));
        for (int offset : new int[] {0, 3, 5, 9}) {
            assertThatThrownBy(() -> storage().read("short", offset, MemorySegment.ofArray(new byte[6])))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND))
                    .hasMessageContaining(storage().uri("short").toString());
        }
    }

    @Test
    void uploadsInParts() throws IOException {
        byte[] content = random(40_000_001);
        try (Upload upload = storage().upload("out/model.safetensors")) {
            upload.write(content, 0, 10);
            upload.write(content[10]);
            upload.write(content, 11, content.length - 11);
            assertThat(storage().size("out/model.safetensors"))
                    .as("before it is closed")
                    .isEmpty();
        }
        assertThat(storage().read("out/model.safetensors")).isEqualTo(content);
    }

    @Test
    void uploadsWhatFitsOnePart() throws IOException {
        try (Upload upload = storage().upload("small")) {
            upload.write(bytes("small"));
        }
        assertThat(storage().read("small")).isEqualTo(bytes("small"));
    }

    @Test
    void leavesNothingOfAnAbortedUpload() throws IOException {
        storage().put("kept", bytes("as it was"));
        try (Upload upload = storage().upload("kept")) {
            upload.write(random(34_000_000));
            upload.abort();
        }
        assertThat(storage().read("kept")).isEqualTo(bytes("as it was"));
        assertThat(storage().list("")).containsExactly(new Entry("kept", 9));
    }

    @Test
    void deletes() throws IOException {
        storage().put("a/b", bytes("x"));
        storage().delete("a/b");
        assertThat(storage().size("a/b")).isEmpty();
        assertThat(storage().list("")).isEmpty();
    }

    @Test
    void refusesPathsThatLeaveTheFolder() {
        for (String path : List.of("", "/a", "a/", "a//b", "../a", "a/../../b", ".")) {
            assertThatThrownBy(() -> storage().read(path))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + path + "'");
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
