package dev.evomerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {

    @TempDir
    Path folder;

    private Path manifest;

    @BeforeEach
    void write() throws IOException {
        manifest = SmallExperiment.write(folder, "model", "history");
    }

    @Test
    void pathsAreForOneMachineOnlyAndItSaysSo() {
        CommandRun asClusters = CommandRun.of("validate", manifest);
        assertThat(asClusters.code()).isEqualTo(1);
        assertThat(asClusters.out())
                .contains("spec.output.uri", "found \"model\"")
                .endsWith("With --local, as 'evomerge run' takes it, paths are allowed: nothing is wrong."
                        + System.lineSeparator());

        assertThat(CommandRun.of("validate", "--local", manifest))
                .isEqualTo(new CommandRun(0, manifest + ": nothing is wrong." + System.lineSeparator(), ""));
    }

    @Test
    void whatIsWrongInBothPlacesIsNoMatterOfPaths() throws IOException {
        Files.writeString(manifest, Files.readString(manifest).replace("name: small", "name: Small"));
        CommandRun run = CommandRun.of("validate", manifest);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("paths are allowed: 1 problem.");
    }
}
