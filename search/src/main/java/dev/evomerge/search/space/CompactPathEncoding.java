package dev.evomerge.search.space;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.Space;
import dev.evomerge.search.Space.DataFlowSpace;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Data flow space with three variables per depth: whose layer of that depth is visited, how often in a row (0 to {@code repeats}), and one scale for
 * what enters it. The first depth is visited at least once, and its first visit is unscaled.
 */
final class CompactPathEncoding implements Encoding {

    private static final int PER_DEPTH = 3;

    private final List<String> models;
    private final int depths;
    private final int repeats;
    private final Space.Bounds scale;

    CompactPathEncoding(DataFlowSpace space, SortedMap<String, Integer> layers) {
        PathChecks.check(space);
        this.models = space.models();
        this.depths = ModelChecks.commonLayers(models, layers);
        this.repeats = space.repeats();
        this.scale = space.scale();
    }

    @Override
    public List<Variable> variables() {
        var variables = new ArrayList<Variable>();
        for (int depth = 0; depth < depths; depth++) {
            variables.add(new Variable.Category(models.size()));
            variables.add(new Variable.Ordered(repeats + 1));
            variables.add(new Variable.Real());
        }
        return variables;
    }

    /** The first model as it is. */
    @Override
    public double[] start() {
        double[] genome = new double[PER_DEPTH * depths];
        for (int depth = 0; depth < depths; depth++) {
            put(genome, depth, 0, 1, 1);
        }
        return genome;
    }

    @Override
    public Recipe decode(double[] genome) {
        var hops = new ArrayList<Hop>();
        for (int depth = 0; depth < depths; depth++) {
            int at = PER_DEPTH * depth;
            String model = models.get(Variable.level(genome[at], models.size()));
            int visits = Variable.level(genome[at + 1], repeats + 1);
            for (int visit = 0; visit < Math.max(visits, depth == 0 ? 1 : 0); visit++) {
                hops.add(new Hop(model, depth, hops.isEmpty() ? 1 : Genes.value(scale, genome[at + 2])));
            }
        }
        return new LayerPath(models.getFirst(), hops);
    }

    @Override
    public double[] encode(Recipe recipe) {
        List<Hop> hops = PathChecks.hops(recipe, models.getFirst());
        PathChecks.expectUnscaled(hops.getFirst());
        double[] genome = new double[PER_DEPTH * depths];
        int at = 0;
        for (int depth = 0; depth < depths; depth++) {
            int from = at;
            while (at < hops.size() && hops.get(at).layer() == depth) {
                at++;
            }
            putVisits(genome, depth, hops.subList(from, at), from == 0);
        }
        if (at < hops.size()) {
            throw new SearchException("hop " + at + " goes to layer "
                    + hops.get(at).layer() + ", which this encoding cannot say: expected layers from 0 to "
                    + (depths - 1) + " in order");
        }
        return genome;
    }

    private void putVisits(double[] genome, int depth, List<Hop> visits, boolean first) {
        if (visits.isEmpty()) {
            if (depth == 0) {
                throw new SearchException("the path must visit a layer of depth 0 first");
            }
            put(genome, depth, 0, 0, 1);
            return;
        }
        Hop last = visits.getLast();
        int model = models.indexOf(last.model());
        // The first visit of the path is unscaled whatever the scale of its depth.
        boolean alike = visits.subList(first ? 1 : 0, visits.size()).stream().allMatch(last::equals)
                && visits.getFirst().model().equals(last.model());
        if (model < 0 || visits.size() > repeats || !alike) {
            throw new SearchException("at depth " + depth + " the path has hops " + visits + ", expected at most "
                    + repeats + " of one model of " + models + " with one scale");
        }
        put(genome, depth, model, visits.size(), last.scale());
    }

    private void put(double[] genome, int depth, int model, int visits, double value) {
        int at = PER_DEPTH * depth;
        genome[at] = Variable.centre(model, models.size());
        genome[at + 1] = Variable.centre(visits, repeats + 1);
        genome[at + 2] = Genes.unit(scale, value, "scale at depth " + depth);
    }
}
