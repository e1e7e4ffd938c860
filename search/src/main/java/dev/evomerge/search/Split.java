package dev.evomerge.search;

import java.util.Locale;

/** The question sets of a task; they do not overlap. */
public enum Split {
    /** What the search optimizes on. */
    SEARCH,
    /** What the winner is chosen on, among finalists. */
    SELECTION,
    /** What the winner's score is reported on; never used for a choice. */
    TEST;

    /** As written in manifests: lower case. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
