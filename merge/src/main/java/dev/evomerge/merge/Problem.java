package dev.evomerge.merge;

import java.util.Optional;

/**
 * One reason why a merge would fail.
 *
 * @param model    the model's name in the recipe; empty if it concerns the recipe as a whole
 * @param where    the tensor, or the key of config.json as {@code config.json: hidden_size}
 * @param found    what is there
 * @param expected what should be there
 */
public record Problem(String model, Optional<String> where, String found, String expected) {

    /** {@code japanese: model.norm.weight: found BF16[64], expected BF16[128] as in base}. */
    @Override
    public String toString() {
        return (model.isEmpty() ? "" : model + ": ")
                + where.map(place -> place + ": ").orElse("")
                + "found " + found
                + (expected.isEmpty() ? "" : ", expected " + expected);
    }
}
