package dev.evomerge.contract;

/** An object that does not keep the contract; the message says which, where in it, what was found and what was expected. */
public final class ContractException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public ContractException(String message) {
        super(message);
    }

    public ContractException(String message, Throwable cause) {
        super(message, cause);
    }
}
