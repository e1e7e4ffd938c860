package dev.evomerge.contract;

/** How an evaluator's process ends. Any other code is a crash, which is tried again. */
public final class ExitCode {

    /** All was done; candidates may have failed, which their results say. */
    public static final int DONE = 0;

    /** The manifest, a data set or a source cannot be used: trying again is of no use. */
    public static final int INVALID = 42;

    /** Something outside failed, such as the store; trying again may help. */
    public static final int TRY_AGAIN = 75;

    /** Stopped by SIGTERM; what was done so far is kept, and the next attempt goes on from there. */
    public static final int INTERRUPTED = 143;

    private ExitCode() {}
}
