package dev.evomerge.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Fixtures written by src/test/oracle/fixtures.py from independent implementations, whose versions it names. */
public final class Oracle {

    private Oracle() {}

    /** The rows of a fixture, split at commas. */
    public static List<String[]> rows(String name) {
        try (var in = Oracle.class.getResourceAsStream("/oracle/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split(","))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Numbers separated by blanks. */
    public static double[] numbers(String cell) {
        return Arrays.stream(cell.split(" "))
                .mapToDouble(text -> text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text))
                .toArray();
    }
}
