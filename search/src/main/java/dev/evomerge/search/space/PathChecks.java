package dev.evomerge.search.space;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.Space.DataFlowSpace;
import java.util.List;

/** What both encodings of data flow space ask of a space and of a recipe. */
final class PathChecks {

    private PathChecks() {}

    static void check(DataFlowSpace space) {
        if (space.repeats() < 1) {
            throw new SearchException("repeats must be at least 1, found " + space.repeats());
        }
        Genes.check(space.scale(), "scale");
        if (space.scale().low() > 1 || space.scale().high() < 1) {
            throw new SearchException("1 must lie within the bounds of scale, found "
                    + space.scale().low() + " to " + space.scale().high());
        }
    }

    static List<Hop> hops(Recipe recipe, String embeddings) {
        if (!(recipe instanceof LayerPath(String found, List<Hop> hops))) {
            throw new SearchException("expected a path through layers, found a merge of weights");
        }
        if (!found.equals(embeddings)) {
            throw new SearchException("the path has the embeddings of '" + found + "', expected '" + embeddings + "'");
        }
        return hops;
    }

    /** Nothing comes before the first hop that could be scaled. */
    static void expectUnscaled(Hop first) {
        if (first.scale() != 1) {
            throw new SearchException("the first hop must have scale 1, found " + first.scale());
        }
    }
}
