package dev.evomerge.experiment;

/** Ends what is being done for an experiment, because of a {@link Trouble}. */
public class TroubleException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Trouble trouble;

    public TroubleException(Reason reason, String message) {
        this(new Trouble(reason, message));
    }

    public TroubleException(Trouble trouble) {
        super(trouble.message());
        this.trouble = trouble;
    }

    public Trouble trouble() {
        return trouble;
    }
}
