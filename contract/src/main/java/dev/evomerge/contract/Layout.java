package dev.evomerge.contract;

import java.util.Optional;

/**
 * Where objects lie, below an experiment's folder in storage. Result objects lie in the folder that {@link CandidateManifest#results()} names:
 * their paths here are relative to it.
 */
public final class Layout {

    public static final String SPEC = "spec.json";
    /** The page for people. */
    public static final String PAGE = "report.html";

    /** The folder of the export of what the search has picked; that of a candidate that the user has picked instead lies below it. */
    public static final String EXPORT = "export";

    /** What a pod is asked to look at on volumes, where an experiment has some. */
    public static final String INSPECTION_MANIFEST = "inspection/manifest.json";
    /** What it has found. */
    public static final String INSPECTION_REPORT = "inspection/report.json";

    private Layout() {}

    /** The name of a batch: {@code g0003}. */
    public static String batch(int number) {
        return "g%04d".formatted(number);
    }

    public static String manifest(String batch) {
        return batch + "/manifest.json";
    }

    /**
     * The folder of an export.
     *
     * @param pick the candidate that the user has picked; empty for the search's own pick
     */
    public static String export(Optional<String> pick) {
        return EXPORT + pick.map(candidate -> "/" + candidate).orElse("");
    }

    public static String exportManifest(String export) {
        return export + "/manifest.json";
    }

    public static String exportReport(String export) {
        return export + "/report.json";
    }

    /** The folder of a batch's results. */
    public static String results(String batch) {
        return batch + "/results";
    }

    public static String record(String batch) {
        return batch + "/record.json";
    }

    /** In the results folder: one candidate's result. */
    public static String result(String candidate) {
        return candidate + ".json";
    }

    /** In the results folder: one shard's report. */
    public static String shardReport(int shard) {
        return "shard-%04d.json".formatted(shard);
    }

    /** In the results folder: the mark that an evaluator leaves before it starts on a candidate for the <i>n</i>th time, from 1. */
    public static String attempt(String candidate, int attempt) {
        return "attempts/" + candidate + "-" + attempt;
    }
}
