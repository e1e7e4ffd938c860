package dev.evomerge.report;

import java.time.Duration;
import java.util.Locale;

/** A span of time for people: by its largest units, as exactly as it matters. */
public final class TimeSpan {

    private TimeSpan() {}

    /**
     * {@code 2.7 s}, {@code 42 s}, {@code 18 min}, {@code 3 h 12 min}, {@code 2 d 5 h}: tenths below ten seconds, whole seconds below a minute, whole
     * minutes below a day.
     *
     * @param span a negative one is none
     */
    public static String text(Duration span) {
        if (!span.isPositive()) {
            return "0 s";
        }
        double seconds = span.toMillis() / 1000.0;
        if (seconds < 0.05) {
            return "< 0.1 s";
        }
        // What would be rounded up to the next unit is written in it.
        if (seconds < 59.5) {
            return String.format(Locale.ROOT, seconds < 9.95 ? "%.1f s" : "%.0f s", seconds);
        }
        long minutes = Math.round(seconds / 60);
        long hours = minutes / 60;
        if (hours >= 24) {
            return hours / 24 + " d " + hours % 24 + " h";
        }
        return hours > 0 ? hours + " h " + minutes % 60 + " min" : minutes + " min";
    }
}
