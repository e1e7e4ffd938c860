package dev.evomerge.report;

/** Where a candidate comes from, as its id tells. */
enum CandidateKind {
    SOURCE("source"),
    BASELINE("baseline"),
    RANDOM("random search"),
    BRED("search");

    private final String word;

    CandidateKind(String word) {
        this.word = word;
    }

    /** The kind of an id, such as {@code source-maths}, {@code half-blend}, {@code random-017}, {@code g0012-c03}. */
    static CandidateKind of(String id) {
        if (id.startsWith("source-")) {
            return SOURCE;
        }
        if (id.startsWith("random-")) {
            return RANDOM;
        }
        return id.matches("g\\d+-.*") ? BRED : BASELINE;
    }

    /** For people. */
    String word() {
        return word;
    }
}
