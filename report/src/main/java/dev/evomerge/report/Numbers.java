package dev.evomerge.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers and times as the report writes them, whatever the machine's locale. */
final class Numbers {

    /** A minus that is as wide as a plus. */
    static final String MINUS = "\u2212";

    /** Between a number and its unit. */
    static final String NARROW_SPACE = "\u202f";

    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern(
                    "d MMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private Numbers() {}

    static String fixed(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return !text.startsWith("-") ? text : (zero ? "" : MINUS) + text.substring(1);
    }

    static String signed(double value, int decimals) {
        String text = fixed(value, decimals);
        return text.startsWith(MINUS) ? text : "+" + text;
    }

    static String grouped(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** A parameter of a recipe: two decimals say enough in a picture. */
    static String parameter(double value) {
        return fixed(value, 2);
    }

    /** "1 candidate", "2 candidates". */
    static String count(long number, String thing) {
        return grouped(number) + " " + (number == 1 ? thing : thing + "s");
    }

    /** A coordinate of a drawing, in pixels. */
    static String px(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    static String hours(double seconds) {
        double hours = seconds / 3600;
        if (hours > 0 && hours < 0.005) {
            return "< 0.01";
        }
        return fixed(hours, hours < 10 ? 2 : 1);
    }

    static String pValue(double p) {
        return p < 0.001 ? "p < 0.001" : "p = " + fixed(p, 3);
    }

    static String time(Instant instant) {
        return MINUTE.format(instant);
    }
}
