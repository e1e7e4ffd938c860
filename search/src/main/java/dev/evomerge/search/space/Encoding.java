package dev.evomerge.search.space;

import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.strategy.Variable;
import java.util.List;
import java.util.SortedMap;

/** How genomes of one space become recipes, and recipes genomes. */
public interface Encoding {

    /**
     * The encoding of a space.
     *
     * @param space  the space
     * @param spec   gives base and seed
     * @param models the models that may be named and their numbers of layers: the sources, and winners of earlier stages
     * @throws SearchException if there is nothing to search, or nothing can be made of it
     */
    static Encoding of(Space space, SearchSpec spec, SortedMap<String, Integer> models) {
        ModelChecks.check(space.models(), models);
        return switch (space) {
            case Space.ParameterSpace parameters -> new ParameterEncoding(parameters, spec, models);
            case Space.DataFlowSpace paths ->
                switch (paths.encoding()) {
                    case PAPER -> new PaperPathEncoding(paths, models);
                    case COMPACT -> new CompactPathEncoding(paths, models);
                };
        };
    }

    /** What each number of a genome is; at least one. */
    List<Variable> variables();

    /** The number of values in a genome. */
    default int dimension() {
        return variables().size();
    }

    /** Where an optimizer begins, in [0, 1]ⁿ. */
    double[] start();

    /**
     * The recipe of a genome.
     *
     * @param genome in [0, 1]ⁿ
     */
    Recipe decode(double[] genome);

    /**
     * The genome of a recipe, so that {@code decode(encode(r))} makes the same model as {@code r}, up to the rounding of its parameters.
     *
     * @throws SearchException if the recipe lies outside the space; the message says in what
     */
    double[] encode(Recipe recipe);
}
