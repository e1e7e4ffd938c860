package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several candidates at once, on devices that are all the CPU: what they do to each other is seen, a GPU's memory is not. */
class ShardRunTest {

    private static final String BATCH = "g0001";
    private static final int ATTEMPTS = 3;
    private static final CandidateEvaluator.Listener NOBODY = (task, question, completion) -> {};

    @TempDir
    Path directory;

    private Work work;
    private Storage results;

    /** Is told of the objects that are about to be created. */
    @FunctionalInterface
    private interface Creation {
        void of(String path) throws Exception;
    }

    @BeforeEach
    void open() throws IOException {
        work = new Work(StorageUri.parse("file://" + directory.resolve("store")), new StorageAccess(Map.of()));
        results = Storages.open(StorageUri.parse(work.uri(Layout.results(BATCH))), work.access);
    }

    @AfterEach
    void close() throws IOException {
        results.close();
        work.close();
    }

    /** Merges, layer paths and candidates that fail: each object has the same bytes. In lanes of one device, and of two that share the layers. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void severalLanesGiveWhatOneGives(int devices) throws Exception {
        List<CandidateSpec> candidates = specs(List.of(
                Work.merge(1, 0.5),
                Work.path("maths 0 1, maths 1 1, japanese 2 0.9, maths 3 1, maths 4 1"),
                Work.merge(1e30, 1e30),
                Work.path("maths 0 1, maths 5 0.5"),
                Work.merge(0.5, 1),
                Work.path("maths 0 1, maths 1 1, maths 2 0.9, maths 3 1, maths 4 1"),
                Work.merge(0.7, 0.7)));
        CandidateManifest manifest = work.manifest(BATCH, 1, 12, candidates);
        ShardReport expected = run(manifest, lanes(1, devices));
        Map<String, byte[]> objects = objects();
        assertThat(expected.candidates())
                .extracting(ShardReport.Row::failure)
                .containsExactly("", "", Failure.NOT_FINITE, Failure.INVALID_RECIPE, "", "", "");

        for (String path : objects.keySet()) {
            results.delete(path);
        }
        CyclicBarrier together = new CyclicBarrier(3);
        ThreadLocal<Boolean> met = ThreadLocal.withInitial(() -> false);
        ShardReport report = run(manifest, lanes(3, devices), results, (task, question, completion) -> {
            if (!met.get()) {
                met.set(true);
                await(together);
            }
        });

        assertThat(report).isEqualTo(expected);
        assertThat(objects()).usingRecursiveComparison().isEqualTo(objects);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aCandidateThatDoesNotFitDisturbsNoOther(int devices) throws Exception {
        Map<String, ModelRef> models = new HashMap<>(work.models());
        models.put("boundless", ModelRef.at(work.boundlessModel()));
        TaskSpec asked = work.task("search", 5);
        TaskSpec endless = new TaskSpec(
                asked.name(),
                asked.split(),
                asked.data(),
                asked.prompt(),
                new TaskSpec.GenerationSpec(Work.BOUNDLESS, List.of()),
                asked.scorer(),
                asked.questions());
        List<CandidateSpec> candidates = specs(List.of(
                Work.path("maths 0 1, maths 1 1"),
                Work.path("boundless 0 1, boundless 1 1"),
                Work.alone("boundless"),
                Work.alone("maths")));
        ShardReport report = run(work.manifest(BATCH, 1, models, List.of(endless), candidates), lanes(2, devices));
        assertThat(report.candidates())
                .extracting(ShardReport.Row::failure)
                .containsExactly("", Failure.OUT_OF_MEMORY, Failure.OUT_OF_MEMORY, "");
    }

    @Test
    void aStoreThatFailsEndsAllAndNothingIsLostOrRepeated() throws Exception {
        CandidateManifest manifest = work.manifest(BATCH, 1, 12, Work.candidates(8));
        CompletableFuture<Thread> failed = new CompletableFuture<>();
        Storage failing = telling(path -> {
            if (path.equals("c1.json")) {
                failed.complete(Thread.currentThread());
                throw new IOException("the store is gone");
            } else if (path.endsWith(".json")) {
                assertThat(failed.get(60, TimeUnit.SECONDS).join(Duration.ofSeconds(60)))
                        .as("c1's lane has ended")
                        .isTrue();
            }
        });
        assertThatThrownBy(() -> run(manifest, lanes(3, 1), failing, NOBODY))
                .isInstanceOf(IOException.class)
                .hasMessage("the store is gone");
        Map<String, byte[]> before = objects();
        assertThat(before.keySet())
                .as("what was under way is finished, nothing else is begun")
                .containsExactlyInAnyOrder("attempts/c0-1", "attempts/c1-1", "attempts/c2-1", "c0.json", "c2.json");

        ShardReport report = run(manifest, lanes(3, 1));
        assertThat(report.candidates())
                .extracting(ShardReport.Row::id)
                .containsExactlyElementsOf(
                        manifest.candidates().stream().map(CandidateSpec::id).toList());
        assertThat(objects()).containsAllEntriesOf(before).containsKey("attempts/c1-2");
        assertThat(work.attempts(BATCH)).hasSize(9);
    }

    @Test
    void toldToEndItTakesAllAttemptsBackThatAreUnderWay() throws Exception {
        CandidateManifest manifest = work.manifest(BATCH, 1, 5, Work.candidates(5));
        CountDownLatch underWay = new CountDownLatch(3);
        CountDownLatch told = new CountDownLatch(1);
        ShardRun run = new ShardRun(manifest, 0, results, new Attempts(results, ATTEMPTS, "test"));
        try (ExecutorService pod = Executors.newSingleThreadExecutor()) {
            Future<ShardReport> ended =
                    pod.submit(() -> run(run, manifest, lanes(3, 1), (task, question, completion) -> {
                        underWay.countDown();
                        await(told);
                    }));
            await(underWay);
            assertThat(work.attempts(BATCH)).containsExactlyInAnyOrder("c0-1", "c1-1", "c2-1");
            run.interrupt();
            assertThat(work.attempts(BATCH)).isEmpty();
            told.countDown();
            assertThatThrownBy(ended::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InterruptedIOException.class);
        }
        assertThat(work.finished(BATCH)).containsExactlyInAnyOrder("c0", "c1", "c2");
    }

    /** As after two pods that died with three candidates under way: one of them may have done it. */
    @Test
    void whatHasOneAttemptLeftRunsAloneAfterTheOthers() throws Exception {
        for (String attempt : List.of("c0-1", "c0-2", "c1-1", "c1-2", "c2-1", "c2-2", "c2-3", "c3-1")) {
            results.put("attempts/" + attempt, "an earlier pod".getBytes(UTF_8));
        }
        List<String> created = Collections.synchronizedList(new ArrayList<>());
        ShardReport report =
                run(work.manifest(BATCH, 1, 5, Work.candidates(6)), lanes(3, 1), telling(created::add), NOBODY);
        assertThat(report.candidates())
                .extracting(ShardReport.Row::failure)
                .containsExactly("", "", Failure.CRASHED, "", "", "");
        assertThat(created.subList(created.size() - 12, created.size()))
                .containsExactly(
                        "attempts/c0-1",
                        "attempts/c0-2",
                        "attempts/c0-3",
                        "c0.json",
                        "attempts/c1-1",
                        "attempts/c1-2",
                        "attempts/c1-3",
                        "c1.json",
                        "attempts/c2-1",
                        "attempts/c2-2",
                        "attempts/c2-3",
                        "c2.json");
    }

    @Test
    void aQuestionThatIsTooLongIsNamedAndTheOthersAreAnswered() throws Exception {
        String data = new String(work.storage.read("data/search.tsv"), UTF_8);
        String first = data.lines().findFirst().orElseThrow();
        work.storage.put(
                "data/search.tsv",
                data.replace(first, "%s\n%s\t1".formatted(first, "三".repeat(500)))
                        .getBytes(UTF_8));
        CandidateManifest manifest = work.manifest(BATCH, 1, 5, Work.candidates(2));
        assertThat(run(manifest, lanes(2, 1)).candidates())
                .extracting(ShardReport.Row::failure)
                .containsExactly("", "");
        for (String candidate : List.of("c0", "c1")) {
            TaskResult result = work.result(BATCH, candidate).tasks().get("multiplication/search");
            assertThat(result.tooLong()).contains(List.of(1));
            assertThat(result.outcomes()).hasSize(5).matches(".0.*1.*");
        }
    }

    private static List<CandidateSpec> specs(List<Recipe> recipes) {
        List<CandidateSpec> specs = new ArrayList<>();
        recipes.forEach(recipe -> specs.add(new CandidateSpec("c" + specs.size(), recipe)));
        return specs;
    }

    private static List<List<Device>> lanes(int count, int devices) {
        return Collections.nCopies(count, Collections.nCopies(devices, Device.cpu()));
    }

    private ShardReport run(CandidateManifest manifest, List<List<Device>> lanes) throws Exception {
        return run(manifest, lanes, results, NOBODY);
    }

    private ShardReport run(
            CandidateManifest manifest, List<List<Device>> lanes, Storage results, CandidateEvaluator.Listener listener)
            throws Exception {
        return run(
                new ShardRun(manifest, 0, results, new Attempts(results, ATTEMPTS, "test")), manifest, lanes, listener);
    }

    /** As the program does, on devices of the test's choice and with a clock that stands still. */
    private ShardReport run(
            ShardRun run, CandidateManifest manifest, List<List<Device>> lanes, CandidateEvaluator.Listener listener)
            throws Exception {
        List<Recipe> recipes =
                manifest.candidates().stream().map(CandidateSpec::recipe).toList();
        List<Task> tasks = new DataSets(work.access).tasks(manifest.tasks());
        try (Sources sources = Sources.open(manifest.models(), recipes, work.access, 2)) {
            return run.run(candidates -> new CandidateEvaluator(
                    sources,
                    tasks,
                    manifest.objectives(),
                    OptionalInt.empty(),
                    () -> 0,
                    listener,
                    lanes.stream().map(devices -> new Lane(sources, devices)).toList()));
        }
    }

    /** The results folder, with somebody who looks on, or lets it fail. */
    private Storage telling(Creation creation) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("putIfAbsent")) {
                        creation.of((String) arguments[0]);
                    }
                    try {
                        return method.invoke(results, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** What lies in the results folder. */
    private Map<String, byte[]> objects() throws IOException {
        Map<String, byte[]> objects = new HashMap<>();
        for (Storage.Entry entry : results.list("")) {
            objects.put(entry.path(), results.read(entry.path()));
        }
        return objects;
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("not all lanes have come here", e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
