package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateResult.Failure;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExitCode;
import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.ExportManifest.Provenance;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.contract.Layout;
import dev.evomerge.contract.ModelRef;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.ChatSpec;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.storage.S3Server;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The assembled program on real models, in a folder and on an S3 server; killed, told to stop, and given what it must refuse. */
class EvaluatorProgramIT {

    @TempDir
    Path directory;

    private Work work;

    @BeforeEach
    void open() throws IOException {
        work = new Work(StorageUri.parse("file://" + directory.resolve("store")), new StorageAccess(Map.of()));
    }

    @AfterEach
    void close() throws IOException {
        work.close();
    }

    @Test
    void evaluatesItsShard() throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 2, 40, Work.candidates(3));
        run(manifest, 0);
        run(manifest, 1);

        assertThat(work.finished("g0001")).containsExactly("c0", "c1", "c2");
        CandidateResult result = work.result("g0001", "c0");
        assertThat(result.failure()).isEmpty();
        assertThat(result.tasks().get("multiplication/search").outcomes())
                .hasSize(40)
                .matches("[01]+");
        assertThat(result.fitness()).hasSize(2);
        assertThat(result.fitness().get(0))
                .isPositive()
                .isEqualTo(right(result.tasks().get("multiplication/search").outcomes()) / 40.0);
        assertThat(result.cost().questions()).isEqualTo(40);
        assertThat(result.cost().generatedTokens())
                .isEqualTo(Math.round(40 * result.fitness().get(1)));

        ShardReport report = work.report("g0001", 0);
        assertThat(report.candidates()).extracting(ShardReport.Row::id).containsExactly("c0", "c2");
        assertThat(report.candidates().getFirst().fitness()).isEqualTo(result.fitness());
        assertThat(report.candidates().getFirst().sha256()).isEqualTo(Sha256.of(work.resultBytes("g0001", "c0")));
    }

    @Test
    void saysInItsTerminationMessageWhatTheReportSays() throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 1, 10, Work.candidates(1));
        try (Program program = run(manifest, 0)) {
            assertThat(program.message()).isEqualTo(TerminationMessage.of(work.report("g0001", 0)));
        }
    }

    @Test
    void recordsCandidatesThatFailAndGoesOn() throws Exception {
        CandidateManifest manifest = work.manifest(
                "g0001",
                1,
                10,
                List.of(new CandidateSpec("c0", Work.merge(1e30, 1e30)), new CandidateSpec("c1", Work.alone("maths"))));
        run(manifest, 0);
        Failure failure = work.result("g0001", "c0").failure().orElseThrow();
        assertThat(failure.reason()).isEqualTo(Failure.NOT_FINITE);
        assertThat(work.result("g0001", "c1").failure()).isEmpty();
        assertThat(work.report("g0001", 0).candidates())
                .extracting(ShardReport.Row::failure)
                .containsExactly("NotFinite", "");
    }

    @Test
    void recordsWhatDoesNotFitIntoMemoryAndGoesOn() throws Exception {
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
        List<CandidateSpec> candidates = List.of(
                new CandidateSpec("c0", Work.path("boundless 0 1, boundless 1 1")),
                new CandidateSpec("c1", Work.path("maths 0 1, maths 1 1")));
        run(work.manifest("g0001", 1, models, List.of(endless), candidates), 0);

        Failure failure = work.result("g0001", "c0").failure().orElseThrow();
        assertThat(failure.reason()).isEqualTo(Failure.OUT_OF_MEMORY);
        assertThat(failure.message()).containsPattern("\\d sequences of \\d+ tokens take \\d+ bytes");
        assertThat(work.result("g0001", "c1").failure()).isEmpty();
        assertThat(work.report("g0001", 0).candidates())
                .extracting(ShardReport.Row::failure)
                .containsExactly(Failure.OUT_OF_MEMORY, "");
    }

    @Test
    void asksByTheChatTemplateOfTheModel() throws Exception {
        List<CandidateSpec> candidates = List.of(new CandidateSpec("c0", Work.alone("maths")));
        TaskSpec plain = work.task("search", 40);
        TaskSpec chat = chat(plain, Optional.of("計算してください"));
        Map<String, String> without =
                work.submit(work.manifest("g0001", 1, work.models(), List.of(chat), candidates), 0);
        assertRefused(
                without,
                "InvalidModel",
                "JOB_COMPLETION_INDEX",
                "0",
                "models/maths: no chat template in tokenizer_config");

        // Says what the plain prompt says, and leaves out what the system is told.
        work.storage.put(
                "models/maths/chat_template.jinja",
                "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}"
                        .getBytes(UTF_8));
        run(work.manifest("g0002", 1, work.models(), List.of(chat), candidates), 0);
        run(work.manifest("g0003", 1, work.models(), List.of(plain), candidates), 0);
        assertThat(work.result("g0002", "c0").tasks())
                .isEqualTo(work.result("g0003", "c0").tasks());

        work.storage.put("models/maths/chat_template.jinja", "{{ raise_exception('no systems') }}".getBytes(UTF_8));
        Map<String, String> refusing =
                work.submit(work.manifest("g0004", 1, work.models(), List.of(chat), candidates), 0);
        assertRefused(refusing, "InvalidModel", "JOB_COMPLETION_INDEX", "0", "the chat template cannot be rendered");
    }

    private static TaskSpec chat(TaskSpec task, Optional<String> system) {
        return new TaskSpec(
                task.name(),
                task.split(),
                task.data(),
                task.prompt(),
                Optional.of(new ChatSpec(system)),
                task.generation(),
                task.scorer(),
                task.questions());
    }

    @Test
    void givesTheSameFitnessOnS3() throws Exception {
        try (S3Server server = S3Server.start(directory)) {
            server.createBucket("results");
            try (Work remote = new Work(StorageUri.parse("s3://results/history"), server.access())) {
                run(remote, remote.manifest("g0001", 1, 40, Work.candidates(2)), 0);
                run(work.manifest("g0001", 1, 40, Work.candidates(2)), 0);
                for (String candidate : List.of("c0", "c1")) {
                    assertThat(remote.result("g0001", candidate).tasks())
                            .isEqualTo(work.result("g0001", candidate).tasks());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void losesAndRepeatsNothingWhenItIsKilled(String atOnce) throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 1, 200, Work.candidates(6));
        Map<String, byte[]> before = new HashMap<>();
        try (Program program = Program.start(directory, work.submit(manifest, 0), "EVOMERGE_CONCURRENCY", atOnce)) {
            awaitResults(program, "g0001", 2);
            program.kill();
        }
        List<String> finished = work.finished("g0001");
        for (String candidate : finished) {
            before.put(candidate, work.resultBytes("g0001", candidate));
        }
        assertThat(finished).hasSizeBetween(2, 5);

        run(manifest, 0);

        assertThat(work.finished("g0001")).hasSize(6);
        for (String candidate : finished) {
            assertThat(work.resultBytes("g0001", candidate)).as(candidate).isEqualTo(before.get(candidate));
            assertThat(work.attempts("g0001")).contains(candidate + "-1").doesNotContain(candidate + "-2");
        }
        run(work.manifest("g0002", 1, 200, Work.candidates(6)), 0);
        for (int i = 0; i < 6; i++) {
            assertThat(work.result("g0001", "c" + i).tasks())
                    .as("undisturbed")
                    .isEqualTo(work.result("g0002", "c" + i).tasks());
        }
    }

    @Test
    void givesACandidateUpThatKillsItsProcessEachTime() throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 1, 10, Work.candidates(2));
        for (int attempt = 1; attempt <= 3; attempt++) {
            work.storage.put(
                    Layout.results("g0001") + "/" + Layout.attempt("c0", attempt), "an earlier pod".getBytes(UTF_8));
        }
        run(manifest, 0);
        assertThat(work.result("g0001", "c0").failure().orElseThrow().reason()).isEqualTo(Failure.CRASHED);
        assertThat(work.result("g0001", "c1").failure()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void stopsWhenToldToAndTakesItsAttemptsBack(String atOnce) throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 1, 200, Work.candidates(6));
        try (Program program = Program.start(directory, work.submit(manifest, 0), "EVOMERGE_CONCURRENCY", atOnce)) {
            awaitResults(program, "g0001", 1);
            program.terminate();
            assertThat(program.await()).isEqualTo(ExitCode.INTERRUPTED);
            assertThat(program.message().problem().orElseThrow().reason()).isEqualTo("Interrupted");
        }
        assertThat(work.finished("g0001"))
                .as("what is marked as started")
                .containsAll(work.attempts("g0001").stream()
                        .map(attempt -> attempt.replace("-1", ""))
                        .toList());
    }

    @Test
    void doesNothingAgainThatIsDone() throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 1, 10, Work.candidates(1));
        run(manifest, 0);
        byte[] report = work.storage.read(Layout.results("g0001") + "/" + Layout.shardReport(0));
        try (Program again = run(manifest, 0)) {
            assertThat(again.log())
                    .contains("0 of 1 candidates are to be evaluated")
                    .doesNotContain("models loaded");
        }
        assertThat(work.storage.read(Layout.results("g0001") + "/" + Layout.shardReport(0)))
                .isEqualTo(report);
    }

    @Test
    void refusesWhatItCannotUse() throws Exception {
        CandidateManifest manifest = work.manifest("g0001", 1, 10, Work.candidates(1));
        Map<String, String> environment = work.submit(manifest, 0);
        assertRefused(environment, "InvalidManifest", "EVOMERGE_MANIFEST_SHA256", "0".repeat(64), "expected 0000");
        assertRefused(environment, "InvalidManifest", "JOB_COMPLETION_INDEX", "1", "has 1 shards");
        assertRefused(
                environment,
                "Storage",
                "EVOMERGE_MANIFEST",
                work.uri("g0009/manifest.json"),
                "g0009/manifest.json: it does not exist");

        work.storage.put("data/search.tsv", "三かける四は\t十二\n二かける二は\n".getBytes(UTF_8));
        Map<String, String> badLine = work.submit(work.manifest("g0002", 1, 1, Work.candidates(1)), 0);
        assertRefused(badLine, "InvalidData", "JOB_COMPLETION_INDEX", "0", "search.tsv line 2: found 1 column");
        assertRefused(environment, "InvalidData", "JOB_COMPLETION_INDEX", "0", "has the SHA-256");

        byte[] whole = work.storage.read("models/maths/model.safetensors");
        work.storage.put("data/search.tsv", "三かける四は\t十二\n".getBytes(UTF_8));
        work.storage.put("models/maths/model.safetensors", java.util.Arrays.copyOf(whole, whole.length / 2));
        Map<String, String> truncated = work.submit(work.manifest("g0003", 1, 1, Work.candidates(1)), 0);
        assertRefused(truncated, "InvalidModel", "JOB_COMPLETION_INDEX", "0", "models/maths/model.safetensors");
    }

    @Test
    void triesAgainLaterWhenTheStoreDoesNotAnswer() throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "EVOMERGE_MANIFEST", "s3://results/g0001/manifest.json",
                "EVOMERGE_MANIFEST_SHA256", "0".repeat(64),
                "JOB_COMPLETION_INDEX", "0",
                "AWS_ENDPOINT_URL", "http://127.0.0.1:9",
                "AWS_ACCESS_KEY_ID", "key",
                "AWS_SECRET_ACCESS_KEY", "secret"));
        try (Program program = Program.start(directory, environment)) {
            assertThat(program.await()).isEqualTo(ExitCode.TRY_AGAIN);
            assertThat(program.message().problem().orElseThrow().message())
                    .contains("s3://results/g0001/manifest.json", "AWS_ENDPOINT_URL");
        }
    }

    @Test
    void exportsAModelThatAnswersAsTheCandidateDid() throws Exception {
        List<CandidateSpec> winner = Work.candidates(1);
        run(work.manifest("g0001", 1, 60, winner), 0);

        Map<String, String> environment = work.submit(
                Layout.exportManifest(Layout.EXPORT), export(winner.getFirst().recipe(), work.models()));
        ExportReport report;
        try (Program program = Program.start(directory, environment, "EVOMERGE_MODE", "export")) {
            program.awaitSuccess();
            report = ContractJson.read(
                    work.storage.read(Layout.exportReport(Layout.EXPORT)), ExportReport.class, "report");
            assertThat(program.message()).isEqualTo(TerminationMessage.of(report));
        }
        assertThat(work.storage.list("out/japanese-maths/").stream()
                        .mapToLong(entry -> entry.size())
                        .sum())
                .isEqualTo(report.bytes());

        assertThat(new String(work.storage.read("out/japanese-maths/README.md"), UTF_8))
                .contains("| **c0** (this model) | 0.600 |  | 0.500 | 0.400 to 0.600 |", "test/maths-ja", "seed 7");

        // The report lost, as if the pod had died just before it was written: the same model again.
        work.storage.delete(Layout.exportReport(Layout.EXPORT));
        try (Program program = Program.start(directory, environment, "EVOMERGE_MODE", "export")) {
            program.awaitSuccess();
            assertThat(program.message().export().orElseThrow().sha256()).isEqualTo(report.sha256());
        }

        evaluateExported("g0002", 60);
        assertThat(work.result("g0002", "c0").tasks())
                .isEqualTo(work.result("g0001", "c0").tasks());
    }

    /** Asks the exported model, as a source of its own. */
    private void evaluateExported(String batch, int questions) throws Exception {
        run(
                work.manifest(
                        batch,
                        1,
                        Map.of("winner", ModelRef.at(work.uri("out/japanese-maths"))),
                        List.of(work.task("search", questions)),
                        List.of(new CandidateSpec("c0", Work.alone("winner")))),
                0);
    }

    @Test
    void runsLayerPathsThroughSourcesAndWinners() throws Exception {
        Map<String, ModelRef> models = new HashMap<>(work.models());
        models.put("winner", ModelRef.madeBy(Work.merge(1, 1)));
        String all = "winner 0 1, winner 1 1, winner 2 1, winner 3 1, winner 4 1";
        List<CandidateSpec> candidates = List.of(
                new CandidateSpec("c0", Work.merge(1, 1)),
                new CandidateSpec("c1", Work.path(all)),
                new CandidateSpec("c2", Work.path(all + ", maths 4 0.1, winner 4 0.1")));
        run(work.manifest("g0001", 1, models, List.of(work.task("search", 60)), candidates), 0);

        assertThat(work.result("g0001", "c1").tasks())
                .as("a path through every layer of a winner is the winner")
                .isEqualTo(work.result("g0001", "c0").tasks());
        assertThat(work.result("g0001", "c2").failure()).isEmpty();
        assertThat(work.result("g0001", "c2").tasks())
                .isNotEqualTo(work.result("g0001", "c0").tasks());
    }

    @Test
    void recordsLayerPathsThatDoNotFitAndGoesOn() throws Exception {
        Map<String, ModelRef> models = new HashMap<>(work.models());
        models.put("narrow", ModelRef.at(work.narrowModel()));
        List<CandidateSpec> candidates = List.of(
                new CandidateSpec("c0", Work.path("maths 0 1, maths 5 0.5")),
                new CandidateSpec("c1", Work.path("maths 0 1, narrow 1 0.5")),
                new CandidateSpec("c2", Work.path("maths 0 1, maths 1 1, maths 4 1")));
        run(work.manifest("g0001", 1, models, List.of(work.task("search", 10)), candidates), 0);

        assertInvalidRecipe("c0", "maths: hop 1: found layer 5, expected a layer from 0 to 4");
        assertInvalidRecipe("c1", "narrow: config.json: hidden_size: found 64, expected 128 as in maths");
        assertThat(work.result("g0001", "c2").failure()).isEmpty();
    }

    private void assertInvalidRecipe(String candidate, String message) throws IOException {
        Failure failure = work.result("g0001", candidate).failure().orElseThrow();
        assertThat(failure.reason()).isEqualTo(Failure.INVALID_RECIPE);
        assertThat(failure.message()).contains(message);
    }

    @Test
    void exportsALayerPathThroughAWinner() throws Exception {
        Map<String, ModelRef> models = new HashMap<>(work.models());
        models.put("winner", ModelRef.madeBy(Work.merge(1, 1)));
        CandidateSpec path = new CandidateSpec(
                "c0", Work.path("winner 0 1, winner 1 1, winner 2 1, winner 2 1, winner 3 1, maths 4 1"));
        run(work.manifest("g0001", 1, models, List.of(work.task("search", 60)), List.of(path)), 0);
        Map<String, String> environment =
                work.submit(Layout.exportManifest(Layout.EXPORT), export(path.recipe(), models));
        try (Program program = Program.start(directory, environment, "EVOMERGE_MODE", "export")) {
            program.awaitSuccess();
        }
        assertThat(new String(work.storage.read("out/japanese-maths/README.md"), UTF_8))
                .contains(
                        "## `winner`", "merge_method: dare_ties", "| japanese |", "a plain model with a layer per hop");

        evaluateExported("g0002", 60);
        assertThat(work.result("g0002", "c0").tasks())
                .isEqualTo(work.result("g0001", "c0").tasks());
    }

    @Test
    void readsAnExportedPathWithScalesBack() throws Exception {
        CandidateSpec path = new CandidateSpec(
                "c0",
                Work.path("maths 0 1, maths 1 1, japanese 1 0.2, maths 2 0.9, maths 2 0.1, maths 3 1, maths 4 1.05"));
        run(work.manifest("g0001", 1, 60, List.of(path)), 0);
        Map<String, String> environment =
                work.submit(Layout.exportManifest(Layout.EXPORT), export(path.recipe(), work.models()));
        try (Program program = Program.start(directory, environment, "EVOMERGE_MODE", "export")) {
            program.awaitSuccess();
        }

        evaluateExported("g0002", 60);
        assertThat(work.result("g0002", "c0").tasks())
                .isEqualTo(work.result("g0001", "c0").tasks());
    }

    private ExportManifest export(Recipe recipe, Map<String, ModelRef> models) {
        return new ExportManifest(
                CandidateManifest.API_VERSION,
                "test/maths-ja",
                "c0",
                recipe,
                models,
                work.uri("out/japanese-maths"),
                "bfloat16",
                work.uri(Layout.exportReport(Layout.EXPORT)),
                new Provenance(
                        "multiplication: accuracy",
                        List.of(new ExportManifest.Score(
                                "c0",
                                true,
                                Optional.of(0.6),
                                Optional.empty(),
                                Optional.of(0.5),
                                Optional.of(List.of(0.4, 0.6)))),
                        "seed 7"));
    }

    private static double right(String outcomes) {
        return outcomes.chars().filter(outcome -> outcome == '1').count();
    }

    private Program run(CandidateManifest manifest, int shard) throws Exception {
        return run(work, manifest, shard);
    }

    private Program run(Work where, CandidateManifest manifest, int shard) throws Exception {
        Program program = Program.start(directory, where.submit(manifest, shard));
        program.awaitSuccess();
        return program;
    }

    private void awaitResults(Program program, String batch, int count) {
        Awaitility.await(count + " results of " + batch)
                .atMost(Duration.ofMinutes(2))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    assertThat(program.isRunning()).as(() -> program.log()).isTrue();
                    return work.finished(batch).size() >= count;
                });
    }

    private void assertRefused(
            Map<String, String> environment, String reason, String variable, String value, String message)
            throws Exception {
        try (Program program = Program.start(directory, environment, variable, value)) {
            assertThat(program.await()).as(() -> program.log()).isEqualTo(ExitCode.INVALID);
            TerminationMessage.Problem problem = program.message().problem().orElseThrow();
            assertThat(problem.reason()).isEqualTo(reason);
            assertThat(problem.message()).contains(message);
        }
    }
}
