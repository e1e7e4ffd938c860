package dev.evomerge.search.space;

import dev.evomerge.recipe.LayerRange;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Parameter space: for each layer group, for each model, a weight and, where the method thins task vectors, a density.
 *
 * <p>The genome lists the groups from the first layers to the last. All recipes of a search share one merge seed: what DARE drops is then the
 * same for every candidate, so candidates differ by their genomes alone.
 */
final class ParameterEncoding implements Encoding {

    private final Space.ParameterSpace space;
    private final Optional<String> base;
    private final long seed;
    private final List<Optional<LayerRange>> groups;
    private final List<Gene> genes;

    /** One parameter of one model. */
    private record Gene(String model, String parameter, Space.Bounds bounds) {

        double value(double unit) {
            return bounds.low() + unit * (bounds.high() - bounds.low());
        }

        double unit(double value) {
            if (!(value >= bounds.low() && value <= bounds.high())) {
                throw new SearchException(parameter + " of " + model + " is " + value + ", expected " + bounds.low()
                        + " to " + bounds.high());
            }
            return (value - bounds.low()) / (bounds.high() - bounds.low());
        }
    }

    ParameterEncoding(Space.ParameterSpace space, SearchSpec spec) {
        this.space = space;
        this.base = space.method().needsBase() ? spec.base() : Optional.empty();
        this.seed = spec.seed();
        check(spec);
        this.groups = groups(spec);
        this.genes =
                space.models().stream().flatMap(model -> genes(model).stream()).toList();
    }

    @Override
    public int dimension() {
        return groups.size() * genes.size();
    }

    @Override
    public double[] start() {
        double[] centre = new double[dimension()];
        Arrays.fill(centre, 0.5);
        return centre;
    }

    @Override
    public Recipe decode(double[] genome) {
        var slices = new ArrayList<Slice>();
        int at = 0;
        for (Optional<LayerRange> layers : groups) {
            var parameters = new TreeMap<String, Map<String, Parameter>>();
            for (Gene gene : genes) {
                parameters
                        .computeIfAbsent(gene.model(), model -> new TreeMap<>())
                        .put(gene.parameter(), new Parameter.Constant(gene.value(genome[at++])));
            }
            slices.add(new Slice(
                    space.models().stream()
                            .map(model -> new Source(model, layers, parameters.get(model)))
                            .toList(),
                    Map.of()));
        }
        return new WeightMerge(space.method(), base, slices, methodParameters(), Optional.empty(), seed);
    }

    @Override
    public double[] encode(Recipe recipe) {
        if (!(recipe instanceof WeightMerge merge) || merge.method() != space.method()) {
            throw new SearchException(
                    "the recipe is no merge by '" + space.method().id() + "'");
        }
        var slices = merge.slices();
        boolean whole = slices.size() == 1
                && slices.getFirst().sources().stream().allMatch(s -> s.layers().isEmpty());
        if (!whole && !layersOf(slices).equals(groups)) {
            throw new SearchException("the recipe's slices are layers " + layersOf(slices) + ", expected " + groups);
        }
        double[] genome = new double[dimension()];
        int at = 0;
        for (int group = 0; group < groups.size(); group++) {
            Slice slice = slices.get(whole ? 0 : group);
            for (Gene gene : genes) {
                genome[at++] = gene.unit(valueIn(merge, slice, gene));
            }
        }
        return genome;
    }

    /** What normalisation is said even where it is the method's default: a recipe should not depend on who reads it. */
    private Map<String, Parameter> methodParameters() {
        return space.method().methodParameters().contains("normalize")
                ? Map.of("normalize", new Parameter.Constant(space.normalize() ? 1 : 0))
                : Map.of();
    }

    private double valueIn(WeightMerge merge, Slice slice, Gene gene) {
        Optional<Source> source = slice.sources().stream()
                .filter(s -> s.model().equals(gene.model()))
                .findFirst();
        if (source.isEmpty()) {
            return gene.parameter().equals("weight") ? 0 : gene.bounds().high();
        }
        var scopes = List.of(source.get().parameters(), slice.parameters(), merge.parameters());
        Parameter parameter = scopes.stream()
                .filter(scope -> scope.containsKey(gene.parameter()))
                .findFirst()
                .map(scope -> scope.get(gene.parameter()))
                .orElseGet(() -> new Parameter.Constant(merge.method()
                        .defaultOf(gene.parameter())
                        .orElseThrow(
                                () -> new SearchException(gene.parameter() + " of " + gene.model() + " is missing"))));
        if (parameter instanceof Parameter.Constant(double value)) {
            return value;
        }
        throw new SearchException(
                gene.parameter() + " of " + gene.model() + " varies within a group, expected one value: " + parameter);
    }

    private static List<Optional<LayerRange>> layersOf(List<Slice> slices) {
        return slices.stream().map(slice -> slice.sources().getFirst().layers()).toList();
    }

    private List<Gene> genes(String model) {
        var weight = new Gene(model, "weight", space.weight());
        return space.method().sparsifies()
                ? List.of(weight, new Gene(model, "density", space.density()))
                : List.of(weight);
    }

    private List<Optional<LayerRange>> groups(SearchSpec spec) {
        if (space.layersPerGroup().isEmpty()) {
            return List.of(Optional.empty());
        }
        int size = space.layersPerGroup().get();
        int layers = spec.models().get(space.models().getFirst());
        var ranges = new ArrayList<Optional<LayerRange>>();
        for (int from = 0; from < layers; from += size) {
            ranges.add(Optional.of(new LayerRange(from, Math.min(from + size, layers))));
        }
        return ranges;
    }

    private void check(SearchSpec spec) {
        MergeMethod method = space.method();
        if (!method.sourceParameters().contains("weight")) {
            throw new SearchException("method '" + method.id() + "' has no weight to search");
        }
        if (method.needsBase() && spec.base().isEmpty()) {
            throw new SearchException("method '" + method.id() + "' needs a base model, found none");
        }
        if (space.models().isEmpty()
                || new LinkedHashSet<>(space.models()).size() < space.models().size()) {
            throw new SearchException("expected at least one model and each once, found " + space.models());
        }
        for (String model : space.models()) {
            if (!spec.models().containsKey(model)) {
                throw new SearchException("unknown model '" + model + "', expected one of "
                        + spec.models().keySet());
            }
        }
        checkBounds("weight", space.weight());
        if (method.sparsifies()) {
            checkBounds("density", space.density());
            if (space.density().low() <= 0 || space.density().high() > 1) {
                throw new SearchException("density must lie in (0, 1], found bounds "
                        + space.density().low() + " to " + space.density().high());
            }
        }
        space.layersPerGroup().ifPresent(size -> checkLayers(size, spec));
    }

    private void checkLayers(int size, SearchSpec spec) {
        if (size < 1) {
            throw new SearchException("layersPerGroup must be at least 1, found " + size);
        }
        var counts = new TreeMap<String, Integer>(spec.models());
        counts.keySet().retainAll(space.models());
        if (new LinkedHashSet<>(counts.values()).size() > 1) {
            throw new SearchException("models must have the same number of layers, found " + counts);
        }
    }

    private static void checkBounds(String parameter, Space.Bounds bounds) {
        if (!(bounds.low() < bounds.high()) || !Double.isFinite(bounds.low()) || !Double.isFinite(bounds.high())) {
            throw new SearchException("bounds of " + parameter + " must be finite with low < high, found "
                    + bounds.low() + " and " + bounds.high());
        }
    }
}
