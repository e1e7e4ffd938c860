package dev.evomerge.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** The last line of a terminal, drawn over itself while something goes on. Where there is no terminal, nothing is drawn. */
final class ProgressLine implements AutoCloseable {

    private static final int BAR = 24;
    private static final int WIDTH = 79;
    private static final long BETWEEN_DRAWINGS = Duration.ofMillis(100).toNanos();
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter terminal;
    private final boolean visible;
    private final LongSupplier nanoTime;
    private String shown = "";
    private long drawnAt;

    /**
     * A line.
     *
     * @param terminal where to draw: standard error, so that results can be piped
     * @param visible  whether that is a terminal
     * @param nanoTime a clock that never goes back, in nanoseconds
     */
    ProgressLine(PrintWriter terminal, boolean visible, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.visible = visible;
        this.nanoTime = nanoTime;
        this.drawnAt = nanoTime.getAsLong() - BETWEEN_DRAWINGS;
    }

    /** Of this process: the launcher says whether standard error is a terminal. */
    static ProgressLine ofTerminal(PrintWriter err) {
        return new ProgressLine(err, Boolean.getBoolean("evomerge.terminal"), System::nanoTime);
    }

    /** Draws how much is done, but not more than ten times a second. */
    synchronized void show(long done, long total, String text) {
        String line = bar(done, total) + " " + text;
        shown = line.length() > WIDTH ? line.substring(0, WIDTH) : line;
        if (visible && nanoTime.getAsLong() - drawnAt >= BETWEEN_DRAWINGS) {
            draw();
        }
    }

    /** Prints a line that stays, above this one. */
    synchronized void print(PrintWriter out, String line) {
        erase();
        out.println(line);
        out.flush();
        if (visible && !shown.isEmpty()) {
            draw();
        }
    }

    /** {@code [######------------------]  25 %}. */
    static String bar(long done, long total) {
        double share = total <= 0 ? 0 : Math.clamp((double) done / total, 0, 1);
        int filled = (int) (share * BAR);
        return "[" + "#".repeat(filled) + "-".repeat(BAR - filled) + "]"
                + String.format(Locale.ROOT, " %3d %%", (int) (100 * share));
    }

    private void draw() {
        terminal.print(ERASE + shown);
        terminal.flush();
        drawnAt = nanoTime.getAsLong();
    }

    private void erase() {
        if (visible) {
            terminal.print(ERASE);
            terminal.flush();
        }
    }

    /** Takes the line away. */
    @Override
    public synchronized void close() {
        erase();
        shown = "";
    }
}
