package dev.evomerge.contract;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was exported; written after all files are.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param experiment the experiment, {@code namespace/name}
 * @param candidate  the winner's id
 * @param output     URI of the model's folder
 * @param sha256     the model's digest: that of {@link #listing}
 * @param bytes      the size of all files
 * @param files      the files, by name
 */
public record ExportReport(
        String apiVersion,
        String experiment,
        String candidate,
        String output,
        String sha256,
        long bytes,
        List<File> files) {

    public ExportReport {
        files = List.copyOf(files);
    }

    /**
     * A file of the model.
     *
     * @param name   its name in the folder
     * @param bytes  its size
     * @param sha256 its digest
     */
    public record File(String name, long bytes, String sha256) {}

    public static ExportReport of(String experiment, String candidate, String output, List<File> files) {
        List<File> sorted =
                files.stream().sorted(Comparator.comparing(File::name)).toList();
        return new ExportReport(
                CandidateManifest.API_VERSION,
                experiment,
                candidate,
                output,
                Sha256.of(listing(sorted).getBytes(StandardCharsets.UTF_8)),
                sorted.stream().mapToLong(File::bytes).sum(),
                sorted);
    }

    /** The files by name as {@code sha256sum} lists them, so that a model's digest is {@code sha256sum * | sha256sum}. */
    public static String listing(List<File> files) {
        return files.stream()
                .map(file -> file.sha256() + "  " + file.name() + "\n")
                .collect(Collectors.joining());
    }
}
