package dev.evomerge.contract;

/**
 * What was exported; written after all files are.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param experiment the experiment, {@code namespace/name}
 * @param candidate  the winner's id
 * @param output     URI of the model's folder
 * @param sha256     the model's digest: SHA-256 over one line per file, {@code <name> <sha256 of the file>\n}, in lexical order of names
 * @param bytes      the size of all files
 */
public record ExportReport(
        String apiVersion, String experiment, String candidate, String output, String sha256, long bytes) {}
