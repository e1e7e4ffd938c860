package dev.evomerge.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ReasonTest {

    /** {@code docs/conditions.md} has a row for each reason and for nothing else, with the right kind. */
    @Test
    void everyReasonIsDocumented() throws IOException {
        var rows = Files.readAllLines(Path.of("../docs/conditions.md")).stream()
                .filter(line -> line.matches("\\| `[A-Z]\\w+` \\| (waiting|working|stalled|done|failed) \\|.*"))
                .map(line -> line.split("\\|"))
                .map(cells -> cells[1].strip().replace("`", "") + " " + cells[2].strip())
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(Reason.values())
                        .map(reason ->
                                reason.name() + " " + reason.kind().name().toLowerCase(Locale.ROOT))
                        .toList());
    }
}
