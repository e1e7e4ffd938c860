package dev.evomerge.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.cli.SmallExperiment;
import dev.evomerge.cli.manifest.ExperimentManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on this machine whose results do not stay what they were. */
class LocalRunIT {

    private static final Stores STORES = new Stores(new StorageAccess(Map.of()), true, UnaryOperator.identity());

    @TempDir
    private Path folder;

    private MergeExperiment experiment;

    @BeforeEach
    void write() throws IOException {
        Path manifest = SmallExperiment.write(folder, "model", "history");
        experiment = ExperimentManifest.read(manifest)
                .onThisMachine(Map.of("s3://models", SmallExperiment.MODELS.toString()))
                .experiment();
        Files.createDirectories(folder.resolve("marks"));
        Files.createDirectories(folder.resolve("logs"));
    }

    @Test
    void damagedResultsAreMadeAgain() throws Exception {
        var outcome = run(1);

        assertThat(folder.resolve("marks")).isDirectoryContaining("glob:**/g0001-0");
        assertThat(outcome.report().candidate()).isNotBlank();
        try (OpenExperiment open = OpenExperiment.existing(experiment, STORES).orElseThrow()) {
            assertThat(open.archive().batches())
                    .flatExtracting(RecordedBatch::results)
                    .isNotEmpty()
                    .allMatch(result -> result.failure().isEmpty())
                    .extracting(CandidateResult::cost)
                    .as("no result is one that was changed: nothing here takes a second")
                    .allMatch(cost -> cost.seconds() < 10);
        }
    }

    @Test
    void aDiskThatKeepsNothingEndsTheRun() {
        assertThatThrownBy(() -> run(99))
                .isInstanceOfSatisfying(
                        TroubleException.class,
                        e -> assertThat(e.trouble().reason()).isEqualTo(Reason.HistoryDamaged))
                .hasMessageContainingAll("g0001-c00.json has SHA-256 ", "as its shard's report says");
    }

    private LocalRun.Outcome run(int damages) throws Exception {
        List<String> command = new ArrayList<>(Evaluators.COMMAND);
        command.set(command.size() - 1, DamagingEvaluator.class.getName());
        command.addAll(List.of(folder.resolve("marks").toString(), String.valueOf(damages)));
        try (var evaluators =
                new Evaluators(command, folder.resolve("logs"), Map.of(), List.of(new Place(Optional.empty())), 2)) {
            return new LocalRun(experiment, STORES, evaluators, LocalRun.Listener.NONE, Clock.systemUTC()).run();
        }
    }
}
