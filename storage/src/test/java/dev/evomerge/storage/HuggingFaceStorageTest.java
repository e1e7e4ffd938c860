package dev.evomerge.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.storage.Storage.Entry;
import dev.evomerge.storage.StorageException.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code hf://}, against a stand-in for the Hub. */
class HuggingFaceStorageTest {

    private static final String MODEL = "hf://organisation/model@v1";

    private HubStandIn hub;
    private Storage storage;

    @BeforeEach
    void open() throws IOException {
        hub = new HubStandIn();
        hub.put("config.json", "{}".getBytes(UTF_8));
        storage = open(MODEL, HubStandIn.TOKEN);
    }

    @AfterEach
    void close() {
        storage.close();
        hub.close();
    }

    private Storage open(String uri, String token) throws StorageException {
        return Storages.open(
                StorageUri.parse(uri), new StorageAccess(Map.of("HF_ENDPOINT", hub.endpoint(), "HF_TOKEN", token)));
    }

    @Test
    void readsFiles() throws IOException {
        assertThat(storage.read("config.json")).isEqualTo("{}".getBytes(UTF_8));
        assertThat(storage.size("config.json")).hasValue(2);
        assertThat(storage.size("nothing")).isEmpty();
        assertThat(storage.uri("config.json")).hasToString(MODEL + "/config.json");
    }

    @Test
    void readsRangesOfLargeFilesWithoutGivingTheTokenAway() throws IOException {
        byte[] content = random(20_000_003);
        hub.put("model.safetensors", content);
        assertThat(storage.size("model.safetensors")).hasValue(content.length);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment part = arena.allocate(17_000_000);
            storage.read("model.safetensors", 1_234_567, part);
            assertThat(part.mismatch(MemorySegment.ofArray(content).asSlice(1_234_567, part.byteSize())))
                    .isEqualTo(-1);
        }
        assertThat(hub.leaks()).isEmpty();
    }

    @Test
    void saysThatAFileEndsTooEarly() {
        for (int offset : new int[] {0, 1, 2, 9}) {
            assertFails(
                    () -> storage.read("config.json", offset, MemorySegment.ofArray(new byte[3])),
                    Reason.NOT_FOUND,
                    MODEL + "/config.json");
        }
    }

    @Test
    void listsAllPagesInOrder() throws IOException {
        for (String path : new String[] {"folder/b", "folder/a", "folder/deep/c", "folderx"}) {
            hub.put(path, "12345".getBytes(UTF_8));
        }
        assertThat(storage.list("folder/"))
                .containsExactly(new Entry("folder/a", 5), new Entry("folder/b", 5), new Entry("folder/deep/c", 5));
        assertThat(storage.list("")).hasSize(5);
        assertThat(storage.list("nowhere/")).isEmpty();
        try (Storage folder = open(MODEL + "/folder", HubStandIn.TOKEN)) {
            assertThat(folder.list("")).extracting(Entry::path).containsExactly("a", "b", "deep/c");
            assertThat(folder.read("deep/c")).isEqualTo("12345".getBytes(UTF_8));
        }
    }

    @Test
    void keepsNamesThatNeedEscaping() throws IOException {
        hub.put("モデル/a b+c%20=&?.json", "x".getBytes(UTF_8));
        assertThat(storage.read("モデル/a b+c%20=&?.json")).isEqualTo("x".getBytes(UTF_8));
    }

    @Test
    void triesAgainWhenTheHubIsBusy() throws IOException {
        hub.busy.set(2);
        assertThat(storage.read("config.json")).isEqualTo("{}".getBytes(UTF_8));
        hub.busy.set(100);
        assertFails(() -> storage.read("config.json"), Reason.UNREACHABLE, "429");
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        try (Storage stranger = open(MODEL, "wrong");
                Storage gated = open("hf://organisation/gated@v1", "wrong");
                Storage unknown = open("hf://organisation/other@v1", HubStandIn.TOKEN);
                Storage revision = open("hf://organisation/model@nothing", HubStandIn.TOKEN)) {
            assertFails(() -> stranger.read("config.json"), Reason.DENIED, "private", "HF_TOKEN");
            assertFails(() -> gated.read("config.json"), Reason.DENIED, "gated", "accept its terms");
            assertFails(() -> unknown.size("config.json"), Reason.DENIED, "no such repository");
            assertFails(() -> revision.read("config.json"), Reason.NO_BUCKET, "no revision 'nothing'");
        }
        assertFails(() -> storage.read("nothing"), Reason.NOT_FOUND, MODEL + "/nothing", "does not exist");
        assertFails(() -> storage.put("a", new byte[0]), Reason.INVALID, MODEL + "/a", "read only");
        assertFails(() -> open("hf://organisation", "t"), Reason.INVALID, "names no repository");
    }

    @Test
    void findsRepositories() throws StorageException {
        assertThat(HuggingFaceRepository.of(StorageUri.parse("hf://o/m")))
                .isEqualTo(new HuggingFaceRepository(false, "o/m", "main", ""));
        assertThat(HuggingFaceRepository.of(StorageUri.parse("hf://o/m@refs%2Fpr%2F1/sub")))
                .isEqualTo(new HuggingFaceRepository(false, "o/m", "refs/pr/1", "sub/"))
                .satisfies(repository ->
                        assertThat(repository.file("a b")).isEqualTo("o/m/resolve/refs%2Fpr%2F1/sub/a%20b"));
        assertThat(HuggingFaceRepository.of(StorageUri.parse("hf://datasets/o/d@v2/questions")))
                .isEqualTo(new HuggingFaceRepository(true, "o/d", "v2", "questions/"))
                .satisfies(repository ->
                        assertThat(repository.file("a.tsv")).isEqualTo("datasets/o/d/resolve/v2/questions/a.tsv"));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static void assertFails(ThrowingCallable action, Reason reason, String... parts) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        StorageException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason))
                .hasMessageContainingAll(parts);
    }
}
