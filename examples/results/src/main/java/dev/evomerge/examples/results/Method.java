package dev.evomerge.examples.results;

import java.util.Locale;

/** A row of the table. */
enum Method {
    BASE("base"),
    SKILL("source %2$s"),
    LANGUAGE("source %1$s"),
    UNIFORM_SOUP("uniform soup"),
    GREEDY_SOUP("greedy soup"),
    HALF_BLEND("fixed 0.5 blend"),
    SUM("plain sum"),
    TIES("TIES"),
    DARE_TIES("DARE-TIES"),
    STACKING("plain stacking"),
    RANDOM("random search"),
    PS("**PS**"),
    DFS("**DFS**"),
    HYBRID("**PS + DFS**");

    private final String title;

    Method(String title) {
        this.title = title;
    }

    /** What the row is called. */
    String title(CaseStudy study) {
        return String.format(Locale.ROOT, title, study.language(), study.skill());
    }

    /** Whether it is one of the models as they were. */
    boolean isSource() {
        return this == SKILL || this == LANGUAGE;
    }

    /** Whether it needs no search beyond its ingredients. */
    boolean isHandMade() {
        return compareTo(UNIFORM_SOUP) >= 0 && compareTo(STACKING) <= 0;
    }
}
