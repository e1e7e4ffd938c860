package dev.evomerge.search.space;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;

/** How genomes of one space become recipes, and recipes genomes. */
public interface Encoding {

    /** The encoding of a space. */
    static Encoding of(Space space, SearchSpec spec) {
        return switch (space) {
            case Space.ParameterSpace parameters -> new ParameterEncoding(parameters, spec);
        };
    }

    /** The number of values in a genome, ≥ 1. */
    int dimension();

    /** Where an optimizer begins, in [0, 1]ⁿ. */
    double[] start();

    /**
     * The recipe of a genome.
     *
     * @param genome in [0, 1]ⁿ
     */
    Recipe decode(double[] genome);

    /**
     * The genome of a recipe, so that {@code decode(encode(r))} makes the same model as {@code r}.
     *
     * @throws SearchException if the recipe lies outside the space; the message says in what
     */
    double[] encode(Recipe recipe);
}
