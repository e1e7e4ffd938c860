package dev.evomerge.evaluator;

import dev.evomerge.contract.ContractException;
import dev.evomerge.storage.StorageAccess;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the program is given in its environment.
 *
 * @param mode           what to do
 * @param manifest       URI of the manifest
 * @param sha256         its digest
 * @param shard          the shard's index; 0 where there are none
 * @param attempts       how often a candidate is started before it is given up
 * @param threads        how many threads merge and compute
 * @param batchSize      how many answers are generated at once, where given
 * @param concurrency    how many candidates are evaluated at once, where given
 * @param terminationLog where the termination message goes
 * @param name           the pod's name
 * @param access         how to reach the store
 */
record Settings(
        Mode mode,
        String manifest,
        String sha256,
        int shard,
        int attempts,
        int threads,
        OptionalInt batchSize,
        OptionalInt concurrency,
        Path terminationLog,
        String name,
        StorageAccess access) {

    enum Mode {
        EVALUATE,
        EXPORT,
        INSPECT
    }

    /**
     * Reads the environment.
     *
     * @throws ContractException if something is missing or is not what it should be; the message names the variable
     */
    static Settings of(Map<String, String> environment) {
        Mode mode = mode(environment.getOrDefault("EVOMERGE_MODE", "evaluate"));
        return new Settings(
                mode,
                required(environment, "EVOMERGE_MANIFEST"),
                required(environment, "EVOMERGE_MANIFEST_SHA256"),
                mode == Mode.EVALUATE
                        ? number(environment, "JOB_COMPLETION_INDEX", 0)
                                .orElseThrow(() -> missing("JOB_COMPLETION_INDEX"))
                        : 0,
                number(environment, "EVOMERGE_ATTEMPTS", 1).orElse(3),
                number(environment, "EVOMERGE_THREADS", 1)
                        .orElse(Runtime.getRuntime().availableProcessors()),
                number(environment, "EVOMERGE_BATCH_SIZE", 1),
                number(environment, "EVOMERGE_CONCURRENCY", 1),
                terminationLog(environment),
                environment.getOrDefault("HOSTNAME", "unknown"),
                new StorageAccess(environment));
    }

    static Path terminationLog(Map<String, String> environment) {
        return Path.of(environment.getOrDefault("EVOMERGE_TERMINATION_LOG", "/dev/termination-log"));
    }

    private static Mode mode(String text) {
        return switch (text) {
            case "evaluate" -> Mode.EVALUATE;
            case "export" -> Mode.EXPORT;
            case "inspect" -> Mode.INSPECT;
            default ->
                throw new ContractException("EVOMERGE_MODE is '" + text + "', expected evaluate, export or inspect");
        };
    }

    private static String required(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .orElseThrow(() -> missing(name));
    }

    private static OptionalInt number(Map<String, String> environment, String name, int least) {
        String text = environment.get(name);
        if (text == null || text.isBlank()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(text.strip());
            if (number >= least) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // said below, with what was expected
        }
        throw new ContractException(name + " is '" + text + "', expected a whole number of at least " + least);
    }

    private static ContractException missing(String name) {
        return new ContractException(name + " is not set");
    }
}
