package dev.evomerge.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where processes are put; a shell's script stands in for the evaluator and marks the GPU that it sees as taken. */
class EvaluatorsTest {

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(1);

    /** Fails where another has the GPU. */
    private static final String SCRIPT = """
            mkdir "$MARKS/$CUDA_VISIBLE_DEVICES" || exit 1
            echo "$CUDA_VISIBLE_DEVICES $EVOMERGE_THREADS" >"$MARKS/$HOSTNAME.saw"
            sleep 0.2
            rmdir "$MARKS/$CUDA_VISIBLE_DEVICES"
            """;

    @TempDir
    private Path folder;

    @Test
    void noTwoShareAGpuAndNoneIsLeftIdle() throws Exception {
        var ends = new ArrayList<Evaluators.End>();
        try (var evaluators = evaluators("sh", "-c", SCRIPT);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = Stream.of("a", "b", "c", "d", "e", "f")
                    .map(name -> (Callable<Optional<Evaluators.End>>)
                            () -> evaluators.run(name, Map.of("MARKS", folder.toString()), LONG_ENOUGH))
                    .toList();
            for (Future<Optional<Evaluators.End>> one : threads.invokeAll(tasks)) {
                ends.add(one.get().orElseThrow());
            }
        }

        assertThat(ends).hasSize(6).allMatch(Evaluators.End::isDone);
        try (var marks = Files.newDirectoryStream(folder, "*.saw")) {
            var seen = new ArrayList<String>();
            for (Path mark : marks) {
                seen.add(Files.readString(mark).strip());
            }
            assertThat(seen).hasSize(6).contains("0 3", "1 3").doesNotContain(" 3");
        }
    }

    @Test
    void whatTakesTooLongIsKilled() throws Exception {
        try (var evaluators = evaluators("sleep", "60")) {
            assertThat(evaluators.run("late", Map.of(), Duration.ofMillis(100))).isEmpty();
        }
    }

    private Evaluators evaluators(String... command) {
        var places = List.of(new Place(Optional.of("0")), new Place(Optional.of("1")));
        return new Evaluators(List.of(command), folder, Map.of(), places, 3);
    }
}
