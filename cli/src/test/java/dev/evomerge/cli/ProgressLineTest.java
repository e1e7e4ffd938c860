package dev.evomerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {

    private static final String ERASE = "\r\u001b[K";

    private final StringWriter terminal = new StringWriter();
    private final StringWriter out = new StringWriter();
    private final AtomicLong clock = new AtomicLong();

    private ProgressLine line(boolean visible) {
        return new ProgressLine(new PrintWriter(terminal), visible, clock::get);
    }

    @Test
    void isDrawnOverItselfAtMostTenTimesASecond() {
        try (ProgressLine line = line(true)) {
            line.show(1, 4, "first");
            line.show(2, 4, "too early");
            clock.addAndGet(Duration.ofMillis(100).toNanos());
            line.show(3, 4, "third");
        }
        assertThat(terminal)
                .hasToString(ERASE + "[######------------------]  25 % first" + ERASE
                        + "[##################------]  75 % third" + ERASE);
    }

    @Test
    void staysBelowWhatIsPrinted() {
        ProgressLine line = line(true);
        line.show(0, 4, "working");
        line.print(new PrintWriter(out), "a result");
        assertThat(out).hasToString("a result" + System.lineSeparator());
        assertThat(terminal.toString()).endsWith(ERASE + ERASE + "[------------------------]   0 % working");
    }

    @Test
    void isNothingWithoutTerminal() {
        try (ProgressLine line = line(false)) {
            line.show(1, 4, "unseen");
            line.print(new PrintWriter(out), "a result");
        }
        assertThat(terminal.toString()).isEmpty();
        assertThat(out.toString()).startsWith("a result");
    }

    @Test
    void barKeepsItsWidthWhateverIsDone() {
        assertThat(ProgressLine.bar(9, 4)).isEqualTo("[########################] 100 %");
        assertThat(ProgressLine.bar(1, 0)).isEqualTo("[------------------------]   0 %");
    }
}
