package dev.evomerge.cli.manifest;

/**
 * Something in a manifest that the API server would refuse.
 *
 * @param path    the field, {@code spec.models[1].uri}
 * @param message what was found and what was expected, worded as the API server does
 */
public record Violation(String path, String message) {

    @Override
    public String toString() {
        return path + ": " + message;
    }
}
