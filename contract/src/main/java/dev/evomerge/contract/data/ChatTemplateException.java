package dev.evomerge.contract.data;

/** A model without a chat template, or with one that cannot be used or refuses a conversation; the message names the model. */
public final class ChatTemplateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public ChatTemplateException(String message) {
        super(message);
    }
}
