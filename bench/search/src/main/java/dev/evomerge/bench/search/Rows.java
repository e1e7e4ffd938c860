package dev.evomerge.bench.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** A file of results, a CSV line per row, that grows: what it holds already is not measured again. The same as {@code rows.py}. */
final class Rows {

    private final Path file;
    private final Pattern wanted;
    private final List<String> known;

    /**
     * @param arguments the file and, if there is one more, a regular expression: only rows whose key begins with a match are measured
     */
    Rows(List<String> arguments) throws IOException {
        this.file = Path.of(arguments.getFirst());
        this.wanted = Pattern.compile(arguments.size() > 1 ? arguments.get(1) : "");
        this.known = Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /**
     * Measures a row and writes it down, unless it is there or not wanted.
     *
     * @param key         the row's first columns
     * @param measurement gives the others
     */
    void measure(String key, Supplier<String> measurement) {
        if (!wanted.matcher(key).lookingAt() || known.stream().anyMatch(line -> line.startsWith(key + ","))) {
            return;
        }
        try {
            Files.writeString(
                    file, key + "," + measurement.get() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
