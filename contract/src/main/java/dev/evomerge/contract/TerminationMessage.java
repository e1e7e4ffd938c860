package dev.evomerge.contract;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What a pod says when it ends: one line of JSON of at most {@value #MOST_BYTES} bytes, whatever it has to say. It holds one of the three.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param shard      how a shard ended
 * @param export     what was exported
 * @param problem    why there is neither
 */
public record TerminationMessage(
        String apiVersion, Optional<Shard> shard, Optional<Export> export, Optional<Problem> problem) {

    public static final int MOST_BYTES = 2048;

    /**
     * The short form of a {@link ShardReport}.
     *
     * @param batch   the batch's name
     * @param index   the shard's index
     * @param sha256  the digest of the shard report, so that it can be told from a later one
     * @param rows    the candidates of the shard in order, as many as fit
     * @param omitted how many did not fit; they are in the shard report
     */
    public record Shard(String batch, int index, String sha256, List<Row> rows, int omitted) {
        public Shard {
            rows = List.copyOf(rows);
        }
    }

    /**
     * One candidate.
     *
     * @param id      the candidate
     * @param fitness per objective, in order; empty if it failed
     * @param failure the failure's reason
     */
    public record Row(String id, List<Double> fitness, Optional<String> failure) {
        public Row {
            fitness = List.copyOf(fitness);
        }
    }

    /**
     * The short form of an {@link ExportReport}.
     *
     * @param output where the model lies
     * @param sha256 the model's digest
     * @param bytes  the size of all its files
     */
    public record Export(String output, String sha256, long bytes) {}

    /**
     * Why the pod failed.
     *
     * @param reason  one word, {@code InvalidManifest}, {@code InvalidData}, {@code InvalidModel}, {@code Storage}, {@code Interrupted} or
     *                {@code Internal}
     * @param message what was found, what was expected, where
     */
    public record Problem(String reason, String message) {}

    public static TerminationMessage of(ShardReport report) {
        String sha256 = Sha256.of(ContractJson.bytes(report));
        List<Row> rows = report.candidates().stream()
                .map(row -> new Row(
                        row.id(), row.fitness(), Optional.of(row.failure()).filter(reason -> !reason.isEmpty())))
                .toList();
        int fits = rows.size();
        TerminationMessage message = of(report, sha256, rows, fits);
        while (ContractJson.bytes(message).length > MOST_BYTES) {
            message = of(report, sha256, rows, --fits);
        }
        return message;
    }

    private static TerminationMessage of(ShardReport report, String sha256, List<Row> rows, int fits) {
        Shard shard = new Shard(report.batch(), report.shard(), sha256, rows.subList(0, fits), rows.size() - fits);
        return new TerminationMessage(
                CandidateManifest.API_VERSION, Optional.of(shard), Optional.empty(), Optional.empty());
    }

    public static TerminationMessage of(ExportReport report) {
        Export export = new Export(report.output(), report.sha256(), report.bytes());
        return new TerminationMessage(
                CandidateManifest.API_VERSION, Optional.empty(), Optional.of(export), Optional.empty());
    }

    /** A problem; a message that is too long is cut. */
    public static TerminationMessage of(String reason, String message) {
        int length = Math.min(message.length(), MOST_BYTES);
        TerminationMessage result = problem(reason, message);
        while (ContractJson.bytes(result).length > MOST_BYTES) {
            length -= 16;
            if (Character.isHighSurrogate(message.charAt(length - 1))) {
                length--;
            }
            result = problem(reason, message.substring(0, length) + " …");
        }
        return result;
    }

    private static TerminationMessage problem(String reason, String message) {
        Problem problem = new Problem(reason, message);
        return new TerminationMessage(
                CandidateManifest.API_VERSION, Optional.empty(), Optional.empty(), Optional.of(problem));
    }

    /**
     * Reads a termination message.
     *
     * @param pod the pod's name, for messages
     * @throws ContractException if the text is none: the container was killed before it could write one, or is no evaluator
     */
    public static TerminationMessage parse(String text, String pod) {
        return ContractJson.read(
                text.getBytes(StandardCharsets.UTF_8), TerminationMessage.class, "termination message of " + pod);
    }
}
