package dev.evomerge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateResult.TaskResult;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.ExportReport;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.storage.S3Server;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole experiments with the example's models, as processes of their own that can be killed. */
class RunCommandIT {

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    private Path manifest;

    @BeforeEach
    void writeExperiment() throws IOException {
        manifest = SmallExperiment.write(folder, "model", "history");
    }

    @Test
    void killedAtAnyMomentItGoesOnToTheSameModel() throws Exception {
        Run undisturbed = start("undisturbed");
        assertThat(undisturbed.end()).as(undisturbed.output()).isZero();

        // In the middle of a generation, with a result of it but no record; and once more between two batches.
        killWhen("killed", name -> name.startsWith("g0001-c"), "g0001/results");
        killWhen("killed", name -> name.equals("record.json"), "g0002");
        Run resumed = start("killed");
        assertThat(resumed.end()).as(resumed.output()).isZero();

        assertThat(facts("killed")).isEqualTo(facts("undisturbed"));
        assertThat(export("killed").sha256()).isEqualTo(export("undisturbed").sha256());
        assertThat(Files.mismatch(
                        folder.resolve("killed/model/model.safetensors"),
                        folder.resolve("undisturbed/model/model.safetensors")))
                .isEqualTo(-1);
        assertThat(table(resumed)).isEqualTo(table(undisturbed)).contains("▶");
        exportTheOther("killed");
        assertThat(report("killed"))
                .contains(
                        "small", export("killed").candidate(), export("killed").sha256());
    }

    /** Without {@code --workdir}, so that the manifest's own places count. */
    @Test
    void historyAndModelLieInABucketAsWell(@TempDir Path buckets) throws Exception {
        Run undisturbed = start("undisturbed");
        try (S3Server server = S3Server.start(buckets)) {
            server.createBucket("results");
            manifest = SmallExperiment.write(folder, "s3://results/model", "s3://results/history");
            Run run = start(server.access().settings(), "--map", "s3://models=" + SmallExperiment.MODELS);
            assertThat(run.end()).as(run.output()).isZero();
            assertThat(undisturbed.end()).as(undisturbed.output()).isZero();

            assertThat(table(run)).isEqualTo(table(undisturbed)).contains("▶");
            try (Storage model = Storages.open(StorageUri.parse("s3://results/model"), server.access())) {
                assertThat(model.read("model.safetensors"))
                        .isEqualTo(Files.readAllBytes(folder.resolve("undisturbed/model/model.safetensors")));
                assertThat(new String(model.read("report.html"), UTF_8)).contains("s3://results/model");
            }
        }
    }

    @Test
    void toldToEndItSaysHowToGoOnAndLeavesNoProcess() throws Exception {
        Run run = start("stopped");
        awaitFile(folder.resolve("stopped/logs"), name -> name.endsWith(".log"));
        List<ProcessHandle> evaluators = run.process().descendants().toList();
        run.process().destroy();
        assertThat(run.end()).isEqualTo(143);
        assertThat(run.output()).contains("told to end; what is finished is kept. Go on with the same command.");
        for (ProcessHandle evaluator : evaluators) {
            evaluator.onExit().get(30, TimeUnit.SECONDS);
        }
        assertThat(historyOf("stopped").resolve("g0000/record.json")).doesNotExist();
    }

    @Test
    void whatThePreflightRefusesStartsNothing() throws Exception {
        Files.writeString(folder.resolve("test.tsv"), Files.readString(folder.resolve("search.tsv")));
        Run run = start("refused");
        assertThat(run.end()).isEqualTo(1);
        assertThat(run.output())
                .contains("evomerge run: DataOverlaps: task multiplication: ", "both hold the question");
        assertThat(folder.resolve("refused/logs")).isDirectoryNotContaining("glob:**.log");
    }

    @Test
    void secondRunOnTheSameFolderIsRefused() throws Exception {
        Run first = start("shared");
        awaitFile(folder.resolve("shared/logs"), name -> name.endsWith(".log"));
        Run second = start("shared");
        assertThat(second.end()).isEqualTo(1);
        assertThat(second.output()).contains("another 'evomerge run' works on this experiment");
        first.process().destroyForcibly();
        first.end();
    }

    // ---- runs ----

    private record Run(Process process, Path printed) {

        int end() throws InterruptedException {
            assertThat(process.waitFor(LONG_ENOUGH)).as("the run ends").isTrue();
            return process.exitValue();
        }

        String output() throws IOException {
            return Files.readString(printed, UTF_8);
        }
    }

    private Run start(String workdir) throws IOException {
        return start(
                Map.of(),
                "--workdir",
                folder.resolve(workdir).toString(),
                "--map",
                "s3://models=" + SmallExperiment.MODELS);
    }

    private Run start(Map<String, String> environment, String... options) throws IOException {
        Path printed = Files.createTempFile(folder, "run", ".out");
        var command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                EvomergeCommand.class.getName(),
                "run",
                manifest.toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        builder.environment().putAll(environment);
        return new Run(builder.start(), printed);
    }

    private void killWhen(String workdir, Predicate<String> appears, String place) throws Exception {
        Run run = start(workdir);
        awaitFile(folder.resolve(workdir).resolve("history"), name -> true);
        awaitFile(historyOf(workdir).resolve(place), appears);
        run.process().destroyForcibly();
        run.end();
        assertThat(folder.resolve(workdir).resolve("model/model.safetensors")).doesNotExist();
    }

    /** Waits until a folder, which may have to come first, holds a file. */
    private static void awaitFile(Path place, Predicate<String> name) throws Exception {
        Instant deadline = Instant.now().plus(LONG_ENOUGH);
        Path there = place;
        while (!Files.isDirectory(there)) {
            there = there.getParent();
        }
        try (WatchService watch = there.getFileSystem().newWatchService()) {
            there.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            while (!holds(there, there.equals(place) ? name : place::endsWith)) {
                if (Files.isDirectory(place) && !there.equals(place)) {
                    break;
                }
                assertThat(Instant.now()).as("waiting for a file in %s", place).isBefore(deadline);
                var key = watch.poll(1, TimeUnit.SECONDS);
                if (key != null) {
                    key.pollEvents();
                    key.reset();
                }
            }
        }
        if (!there.equals(place)) {
            awaitFile(place, name);
        }
    }

    private static boolean holds(Path folder, Predicate<String> name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> name.test(file.getFileName().toString()));
        }
    }

    // ---- results ----

    private Path historyOf(String workdir) throws IOException {
        try (Stream<Path> digests = Files.list(folder.resolve(workdir).resolve("history/default/small"))) {
            return digests.findFirst().orElseThrow();
        }
    }

    /** What was recorded, without how long it took. */
    private List<Map<String, Map<String, TaskResult>>> facts(String workdir) throws IOException {
        var facts = new ArrayList<Map<String, Map<String, TaskResult>>>();
        for (int batch = 0; ; batch++) {
            Path record = historyOf(workdir).resolve("g%04d/record.json".formatted(batch));
            if (!Files.exists(record)) {
                assertThat(facts).as("baselines, two generations, finalists").hasSize(4);
                return facts;
            }
            var outcomes = new TreeMap<String, Map<String, TaskResult>>();
            ContractJson.read(Files.readAllBytes(record), RecordedBatch.class, record.toString())
                    .results()
                    .forEach(result -> outcomes.put(result.candidate(), result.tasks()));
            facts.add(outcomes);
        }
    }

    private ExportReport export(String workdir) throws IOException {
        Path report = historyOf(workdir).resolve("export/report.json");
        return ContractJson.read(Files.readAllBytes(report), ExportReport.class, report.toString());
    }

    /** The finalist that did not win, beside the one that did. */
    private void exportTheOther(String workdir) throws IOException {
        String winner = export(workdir).candidate();
        String other = facts(workdir).getLast().keySet().stream()
                .filter(candidate -> candidate.startsWith("g") && !candidate.equals(winner))
                .findFirst()
                .orElseThrow();
        CommandRun run = CommandRun.of(
                "export",
                manifest,
                other,
                "--workdir",
                folder.resolve(workdir),
                "--map",
                "s3://models=" + SmallExperiment.MODELS);
        Path model = folder.resolve(workdir).resolve("model/picks").resolve(other);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("file://" + model + ", sha256 ");
        assertThat(model.resolve("model.safetensors")).isNotEmptyFile();
        assertThat(model.resolve("report.html")).isNotEmptyFile();
        assertThat(folder.resolve(workdir).resolve("model/model.safetensors")).isNotEmptyFile();
    }

    private String report(String workdir) throws IOException {
        Path page = folder.resolve(workdir + ".html");
        CommandRun run = CommandRun.of(
                "report",
                manifest,
                "--workdir",
                folder.resolve(workdir),
                "--map",
                "s3://models=" + SmallExperiment.MODELS,
                "--output",
                page);
        assertThat(run).isEqualTo(new CommandRun(0, page + System.lineSeparator(), ""));
        return Files.readString(page, UTF_8);
    }

    private static String table(Run run) throws IOException {
        String output = run.output();
        return output.substring(output.indexOf("  candidate "), output.indexOf("  model "));
    }
}
