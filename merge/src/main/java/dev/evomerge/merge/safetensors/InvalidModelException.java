package dev.evomerge.merge.safetensors;

import java.io.IOException;
import java.util.List;

/** A model folder or safetensors file that cannot be used; each problem says what was found, what was expected, and where. */
public final class InvalidModelException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    public InvalidModelException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    public InvalidModelException(String problem) {
        this(List.of(problem));
    }

    /** Everything that is wrong, at least one. */
    public List<String> problems() {
        return problems;
    }
}
