package dev.evomerge.experiment;

/** Ends what is being done for an experiment, because of a {@link Trouble}. */
public final class TroubleException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Trouble trouble;

    public TroubleException(Reason reason, String message) {
        super(message);
        this.trouble = new Trouble(reason, message);
    }

    public Trouble trouble() {
        return trouble;
    }
}
