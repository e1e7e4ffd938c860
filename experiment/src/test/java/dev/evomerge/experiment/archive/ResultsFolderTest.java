package dev.evomerge.experiment.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Sha256;
import dev.evomerge.contract.ShardReport;
import dev.evomerge.contract.TerminationMessage;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.storage.StorageAccess;
import dev.evomerge.storage.StorageUri;
import dev.evomerge.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batch g0002: shard 0 with a and c, shard 1 with b. */
class ResultsFolderTest {

    private static final Recipe RECIPE =
            RecipeFormat.parse("{merge_method: linear, models: [{model: maths, parameters: {weight: 1}}]}");
    private static final StoredManifest STORED = new StoredManifest(
            new CandidateManifest(
                    CandidateManifest.API_VERSION,
                    "team/example",
                    "g0002",
                    "s3://results",
                    2,
                    Map.of(),
                    List.of(),
                    List.of(),
                    List.of(
                            new CandidateSpec("a", RECIPE),
                            new CandidateSpec("b", RECIPE),
                            new CandidateSpec("c", RECIPE))),
            "s3://manifest",
            "d".repeat(64));

    private Archive archive;
    private Path results;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        archive = new Archive(Storages.open(StorageUri.parse(folder.toUri().toString()), new StorageAccess(Map.of())));
        results = Files.createDirectories(folder.resolve("g0002/results"));
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Test
    void whatReportsAndPodsVouchForIsBelieved() throws IOException {
        var said = List.of(evaluate(0, "a", "c"), evaluate(1, "b"));

        var found = archive.results(STORED, said);

        assertThat(found.damaged()).isEmpty();
        assertThat(found.byCandidate()).containsOnlyKeys("a", "b", "c");
    }

    @Test
    void aReportThatIsNotTheOneThatItsPodHasWrittenVouchesForNothing() throws IOException {
        var said = List.of(evaluate(0, "a", "c"), evaluate(1, "b"));
        result("a", 0.75);
        report(0, "a", "c");

        var found = archive.results(STORED, said);

        assertThat(found.byCandidate()).containsOnlyKeys("b");
        assertThat(problem(found))
                .contains(
                        "g0002/results/shard-0000.json has SHA-256 ",
                        "expected SHA-256 " + said.getFirst().sha256() + " as its pod has said");
    }

    @Test
    void aReportThatIsMissingThoughItsPodHasWrittenItVouchesForNothing() throws IOException {
        var said = List.of(evaluate(0, "a", "c"), evaluate(1, "b"));
        Files.delete(results.resolve("shard-0001.json"));

        var found = archive.results(STORED, said);

        assertThat(found.byCandidate()).containsOnlyKeys("a", "c");
        assertThat(problem(found)).contains("shard-0001.json is missing, expected SHA-256 ", "as its pod has said");
    }

    @Test
    void onlyTheReportIsMadeAgainWhereItAloneIsDamaged() throws IOException {
        var said = List.of(evaluate(0, "a", "c"), evaluate(1, "b"));
        Files.writeString(results.resolve("shard-0000.json"), "{");

        var found = archive.results(STORED, said);
        assertThat(files()).contains("shard-0000.json");
        archive.discard(found.damaged());

        assertThat(files()).containsExactlyInAnyOrder("a.json", "b.json", "c.json", "shard-0001.json");
        var again = archive.results(STORED, List.of(report(0, "a", "c"), said.get(1)));
        assertThat(again.damaged()).isEmpty();
        assertThat(again.byCandidate())
                .isEqualTo(archive.results(STORED, List.of()).byCandidate())
                .hasSize(3);
    }

    @Test
    void aResultThatIsNotTheReportedOneIsMadeAgainWithItsReport() throws IOException {
        var said = List.of(evaluate(0, "a", "c"), evaluate(1, "b"));
        result("c", 1);

        var found = archive.results(STORED, said);
        archive.discard(found.damaged());

        assertThat(found.byCandidate()).containsOnlyKeys("a", "b");
        assertThat(problem(found)).contains("g0002/results/c.json has SHA-256 ", "as its shard's report says");
        assertThat(files()).containsExactlyInAnyOrder("a.json", "b.json", "shard-0001.json");
    }

    @Test
    void aReportedResultThatIsMissingIsDamage() throws IOException {
        evaluate(0, "a", "c");
        Files.delete(results.resolve("a.json"));

        var found = archive.results(STORED, List.of());

        assertThat(found.byCandidate()).containsOnlyKeys("c");
        assertThat(problem(found)).contains("g0002/results/a.json is missing", "as its shard's report says");
    }

    @Test
    void aReportOfAnotherShardIsDamage() throws IOException {
        evaluate(0, "a", "c");
        Files.copy(results.resolve("shard-0000.json"), results.resolve("shard-0001.json"));
        result("b", 0.5);

        var found = archive.results(STORED, List.of());

        assertThat(found.byCandidate()).containsOnlyKeys("a", "c");
        assertThat(problem(found))
                .contains("shard-0001.json is the report of shard 0 of g0002, [a, c], expected shard 1 of g0002, [b]");
    }

    @Test
    void ofAShardThatHasNotEndedWellResultsCountAsTheyAre() throws IOException {
        result("a", 0.5);
        Files.createDirectories(results.resolve("attempts"));
        Files.writeString(results.resolve("attempts/c-1"), "");

        var found = archive.results(STORED, List.of());

        assertThat(found.byCandidate()).containsOnlyKeys("a");
        assertThat(found.damaged()).isEmpty();
        assertThat(found.begun()).isTrue();
    }

    /** What an evaluator does. */
    private TerminationMessage.Shard evaluate(int shard, String... candidates) throws IOException {
        for (String candidate : candidates) {
            result(candidate, 0.5);
        }
        return report(shard, candidates);
    }

    private void result(String candidate, double fitness) throws IOException {
        var result = new CandidateResult(
                CandidateManifest.API_VERSION,
                "g0002",
                candidate,
                Map.of(),
                List.of(fitness),
                Optional.empty(),
                new CandidateResult.Cost(2, 10, 10, 0.5));
        Files.write(results.resolve(candidate + ".json"), ContractJson.bytes(result));
    }

    private TerminationMessage.Shard report(int shard, String... candidates) throws IOException {
        var rows = new ArrayList<ShardReport.Row>();
        for (String candidate : candidates) {
            byte[] bytes = Files.readAllBytes(results.resolve(candidate + ".json"));
            var result = ContractJson.read(bytes, CandidateResult.class, candidate);
            rows.add(new ShardReport.Row(candidate, result.fitness(), "", Sha256.of(bytes)));
        }
        var report = new ShardReport(CandidateManifest.API_VERSION, "g0002", shard, rows);
        Files.write(results.resolve("shard-%04d.json".formatted(shard)), ContractJson.bytes(report));
        return TerminationMessage.of(report).shard().orElseThrow();
    }

    private static String problem(Archive.Results found) {
        assertThat(found.damaged()).hasSize(1);
        return found.damaged().getFirst().problem();
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(results)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
