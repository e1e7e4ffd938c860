package dev.evomerge.inference.torch;

import ai.djl.engine.EngineException;

/** The GPU's memory, or the process's native memory, does not suffice for what was asked; the message has PyTorch's sizes. */
public final class OutOfDeviceMemoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    OutOfDeviceMemoryException(EngineException cause) {
        super(sizes(cause), cause);
    }

    /** @param message says how much memory was asked for, and for what */
    public OutOfDeviceMemoryException(String message) {
        super(message);
    }

    static boolean isMeantBy(EngineException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("out of memory") || message.contains("can't allocate memory");
    }

    /** The one line of PyTorch's message that speaks of memory. */
    private static String sizes(EngineException e) {
        return e.getMessage()
                .lines()
                .filter(line -> line.contains("memory"))
                .findFirst()
                .orElse(e.getMessage());
    }
}
