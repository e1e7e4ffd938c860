package dev.evomerge.evaluator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.evomerge.contract.Layout;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * Counts how often candidates were started, so that one that kills its process is given up in the end. A mark is an object that is written
 * before the work starts; what ends in an orderly way takes it back or has a result.
 */
final class Attempts {

    private final Storage results;
    private final int most;
    private final String name;

    /**
     * Attempts in a results folder.
     *
     * @param most how many there are per candidate, ≥ 1
     * @param name who tries, for people who look at the marks
     */
    Attempts(Storage results, int most, String name) {
        this.results = results;
        this.most = most;
        this.name = name;
    }

    /** How many there are per candidate. */
    int most() {
        return most;
    }

    /** Starts one of a candidate's first {@code count} attempts: its number from 1, or empty if they are used up. */
    OptionalInt begin(String candidate, int count) throws IOException {
        for (int attempt = 1; attempt <= count; attempt++) {
            if (results.putIfAbsent(Layout.attempt(candidate, attempt), name.getBytes(UTF_8))) {
                return OptionalInt.of(attempt);
            }
        }
        return OptionalInt.empty();
    }

    /** Takes an attempt back that was ended from outside. */
    void withdraw(String candidate, int attempt) throws IOException {
        results.delete(Layout.attempt(candidate, attempt));
    }
}
