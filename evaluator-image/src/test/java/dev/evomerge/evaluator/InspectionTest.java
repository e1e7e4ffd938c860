package dev.evomerge.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.InspectionManifest;
import dev.evomerge.contract.InspectionReport;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found on volumes: folders, as a pod sees them. */
class InspectionTest {

    private static final Path MODELS = Path.of("../examples/maths-ja/models").toAbsolutePath();

    @TempDir
    private Path volumes;

    @BeforeEach
    void mount() throws IOException {
        Files.createDirectories(volumes.resolve("pvc/results"));
        Files.createSymbolicLink(volumes.resolve("pvc/models"), MODELS);
        Files.createDirectories(volumes.resolve("oci/registry.example"));
        Files.createSymbolicLink(volumes.resolve("oci/registry.example/base=1.0"), MODELS.resolve("base"));
    }

    @Test
    void tellsWhatTheModelsAreAndThatTheOutputCanBeWrittenTo() throws IOException {
        InspectionReport report = inspect("pvc://models/maths");

        assertThat(report.findsNothingWrong()).isTrue();
        assertThat(report.models()).containsOnlyKeys("base", "maths");
        assertThat(report.models().get("maths")).isEqualTo(report.models().get("base"));
        assertThat(report.models().get("base").texts())
                .as("the wanted files that it has")
                .containsOnlyKeys("tokenizer_config.json");
        assertThat(report.models().get("base").layers()).isEqualTo(5);
        assertThat(report.models().get("base").dtype()).isEqualTo("bfloat16");
        assertThat(volumes.resolve("pvc/results/winner")).isEmptyDirectory();
    }

    @Test
    void tellsWhatIsWrong() throws IOException {
        Files.createFile(volumes.resolve("pvc/results/winner"));

        InspectionReport report = inspect("pvc://models/nobody");

        assertThat(report.problems())
                .extracting(InspectionReport.Problem::model, InspectionReport.Problem::found)
                .contains(tuple("maths", "pvc://models/nobody/config.json: not found"));
        assertThat(report.output().orElseThrow()).contains("pvc://results/winner");
    }

    private InspectionReport inspect(String maths) throws IOException {
        Path report = volumes.resolve("history/inspection/report.json");
        new Inspection(
                        new InspectionManifest(
                                CandidateManifest.API_VERSION,
                                "test/volumes",
                                Map.of("base", "oci://registry.example/base:1.0", "maths", maths),
                                Optional.of("base"),
                                List.of("tokenizer_config.json", "chat_template.jinja"),
                                Optional.of("pvc://results/winner"),
                                "file://" + report),
                        new StorageAccess(Map.of(StorageAccess.VOLUMES, volumes.toString())))
                .run();
        return ContractJson.read(Files.readAllBytes(report), InspectionReport.class, report.toString());
    }
}
