package dev.evomerge.cli.convert;

import java.util.List;

/** A configuration that cannot be converted; the message has a line for each reason, with its place in the file. */
public final class ConversionException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    ConversionException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
    }
}
