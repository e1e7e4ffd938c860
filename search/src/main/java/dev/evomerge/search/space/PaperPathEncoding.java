package dev.evomerge.search.space;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.Space;
import dev.evomerge.search.Space.DataFlowSpace;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * Data flow space as in arXiv 2403.13187. The layers of all models stand in a row of M; the row is repeated r times, which gives r·M slots. The
 * genome holds an indicator per slot (in, if above the middle) and then an M×M matrix of scales, row by row: what enters layer j from layer i is
 * multiplied with element (i, j).
 *
 * <p>Every path begins with the first model's first layer and ends with its last one. Their slots, the first of the first repetition and that of
 * the last, have no indicator, so two models of 32 layers and 3 repetitions have 190 indicators, 4096 scales, 4286 numbers.
 */
final class PaperPathEncoding implements Encoding {

    private static final double MIDDLE = 0.5;

    /** Two initial standard deviations of the default step size. */
    private static final double CLEARLY = 2 * (1.0 / 6);

    private final String first;
    private final Space.Bounds scale;
    private final List<Hop> row;
    private final int[] slots;
    private final int exit;

    PaperPathEncoding(DataFlowSpace space, SortedMap<String, Integer> models) {
        PathChecks.check(space);
        this.first = space.models().getFirst();
        this.scale = space.scale();
        this.row = new ArrayList<>();
        for (String model : space.models()) {
            for (int layer = 0; layer < models.get(model); layer++) {
                row.add(new Hop(model, layer, 1));
            }
        }
        this.exit = models.get(first) - 1;
        if (exit == 0) {
            throw new SearchException(
                    "model '" + first + "' has one layer, expected at least two: the first and the last are fixed");
        }
        this.slots = indicatorSlots(space.repeats());
    }

    @Override
    public List<Variable> variables() {
        return Collections.nCopies(slots.length + row.size() * row.size(), new Variable.Real());
    }

    @Override
    public double[] start() {
        double[] genome = new double[dimension()];
        Arrays.fill(genome, 0, slots.length, MIDDLE);
        for (int s = 0; s < slots.length; s++) {
            if (slots[s] < exit) {
                genome[s] = MIDDLE + CLEARLY;
            }
        }
        Arrays.fill(genome, slots.length, genome.length, Genes.unit(scale, 1, "scale"));
        return genome;
    }

    @Override
    public Recipe decode(double[] genome) {
        var hops = new ArrayList<Hop>();
        hops.add(row.getFirst());
        int from = 0;
        for (int s = 0; s < slots.length; s++) {
            if (genome[s] > MIDDLE) {
                int layer = slots[s] % row.size();
                hops.add(enter(layer, from, genome));
                from = layer;
            }
        }
        hops.add(enter(exit, from, genome));
        return new LayerPath(first, hops);
    }

    @Override
    public double[] encode(Recipe recipe) {
        List<Hop> hops = PathChecks.hops(recipe, first);
        double[] genome = new double[dimension()];
        Arrays.fill(genome, 0, slots.length, MIDDLE - CLEARLY);
        double[] scales = new double[row.size() * row.size()];
        Arrays.fill(scales, Double.NaN);
        expect(hops.getFirst(), 0, "first");
        expect(hops.getLast(), exit, "last");
        PathChecks.expectUnscaled(hops.getFirst());

        int slot = 0;
        int from = 0;
        for (Hop hop : hops.subList(1, hops.size())) {
            int layer = indexOf(hop);
            boolean leaves = hop == hops.getLast();
            while (!leaves && slot < slots.length && slots[slot] % row.size() != layer) {
                slot++;
            }
            if (!leaves && slot == slots.length) {
                throw new SearchException(
                        "the path does not fit into the repetitions of the layer row: no slot is left for layer "
                                + hop.layer() + " of " + hop.model());
            }
            if (!leaves) {
                genome[slot++] = MIDDLE + CLEARLY;
            }
            note(scales, from, layer, hop);
            from = layer;
        }
        for (int i = 0; i < scales.length; i++) {
            genome[slots.length + i] = Genes.unit(scale, Double.isNaN(scales[i]) ? 1 : scales[i], "scale");
        }
        return genome;
    }

    /** All slots but the entry (the first) and the exit (the first model's last layer in the last repetition). */
    private int[] indicatorSlots(int repeats) {
        int last = (repeats - 1) * row.size() + exit;
        return IntStream.range(1, repeats * row.size())
                .filter(slot -> slot != last)
                .toArray();
    }

    private Hop enter(int layer, int from, double[] genome) {
        double unit = genome[slots.length + from * row.size() + layer];
        Hop hop = row.get(layer);
        return new Hop(hop.model(), hop.layer(), Genes.value(scale, unit));
    }

    private void note(double[] scales, int from, int layer, Hop hop) {
        int at = from * row.size() + layer;
        if (!Double.isNaN(scales[at]) && scales[at] != hop.scale()) {
            throw new SearchException("the path goes twice from " + row.get(from) + " to layer " + hop.layer() + " of "
                    + hop.model() + " with different scales, which this encoding cannot say");
        }
        scales[at] = hop.scale();
    }

    private void expect(Hop hop, int layer, String which) {
        if (indexOf(hop) != layer) {
            throw new SearchException("the " + which + " hop must be layer "
                    + row.get(layer).layer() + " of " + first + ", found layer " + hop.layer() + " of " + hop.model());
        }
    }

    private int indexOf(Hop hop) {
        int index = row.indexOf(new Hop(hop.model(), hop.layer(), 1));
        if (index < 0) {
            throw new SearchException("layer " + hop.layer() + " of " + hop.model() + " is not in the space");
        }
        return index;
    }
}
