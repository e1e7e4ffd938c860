package dev.evomerge.search.space;

import dev.evomerge.recipe.LayerRange;
import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Parameter.Constant;
import dev.evomerge.recipe.Parameter.Rule;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.recipe.Rescale;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Space.Bounds;
import dev.evomerge.search.Space.TensorKind;
import dev.evomerge.search.strategy.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Parameter space: for each layer group, tensor kind and model a weight and, where the method thins task vectors, a density.
 *
 * <p>The genome lists the groups from the first layers to the last, in each the kinds, in each the models. Embeddings belong to the first group and
 * the head to the last one, as in the recipes. All recipes of a search share one merge seed: what DARE drops is then the same for every
 * candidate, so candidates differ by their genomes alone.
 */
final class ParameterEncoding implements Encoding {

    private static final String NORMALIZE = "normalize";

    /** Stands for a parameter that a recipe does not set. */
    private static final Parameter DEFAULT = new Parameter.Filtered(List.of());

    private final Space.ParameterSpace space;
    private final Optional<String> base;
    private final long seed;
    private final List<Group> groups;
    private final List<Gene> genes;

    /** A slice of the recipe. */
    private record Group(Optional<LayerRange> layers, boolean first, boolean last) {

        boolean has(TensorKind kind) {
            return switch (kind) {
                case EMBEDDINGS -> first;
                case HEAD -> last;
                default -> true;
            };
        }
    }

    /** One parameter of one model for tensors of a kind (of all other kinds if empty) in one group. */
    private record Gene(Group group, Optional<TensorKind> kind, String model, String parameter, Bounds bounds) {

        String name() {
            return parameter + " of " + model
                    + kind.map(k -> " for " + k.name().toLowerCase(Locale.ROOT)).orElse("")
                    + group.layers()
                            .map(range -> " in layers " + range.from() + " to " + (range.to() - 1))
                            .orElse("");
        }
    }

    ParameterEncoding(Space.ParameterSpace space, SearchSpec spec, SortedMap<String, Integer> models) {
        check(space, spec);
        this.space = space;
        this.base = space.method().needsBase() ? spec.base() : Optional.empty();
        this.seed = spec.seed();
        this.groups = groups(models);
        this.genes = groups.stream().flatMap(group -> genes(group).stream()).toList();
    }

    @Override
    public List<Variable> variables() {
        return Collections.nCopies(genes.size(), new Variable.Real());
    }

    @Override
    public double[] start() {
        double[] centre = new double[genes.size()];
        Arrays.fill(centre, 0.5);
        return centre;
    }

    @Override
    public Recipe decode(double[] genome) {
        var slices = new ArrayList<Slice>();
        int at = 0;
        for (Group group : groups) {
            var rules = new TreeMap<String, Map<String, List<Rule>>>();
            for (Gene gene : genes(group)) {
                var value = new Constant(Genes.value(gene.bounds(), genome[at++]));
                rules.computeIfAbsent(gene.model(), model -> new TreeMap<>())
                        .computeIfAbsent(gene.parameter(), parameter -> new ArrayList<>())
                        .add(new Rule(gene.kind().map(TensorKind::filter), value));
            }
            slices.add(slice(group, rules));
        }
        return new WeightMerge(space.method(), base, slices, methodParameters(), Optional.empty(), seed);
    }

    @Override
    public double[] encode(Recipe recipe) {
        if (!(recipe instanceof WeightMerge merge) || merge.method() != space.method()) {
            throw new SearchException("expected a merge by '" + space.method().id() + "', found "
                    + (recipe instanceof WeightMerge other
                            ? "one by '" + other.method().id() + "'"
                            : "a path through layers"));
        }
        checkComparable(merge);
        boolean whole = merge.slices().size() == 1
                && merge.slices().getFirst().sources().stream()
                        .allMatch(source -> source.layers().isEmpty());
        double[] genome = new double[genes.size()];
        for (int i = 0; i < genome.length; i++) {
            Gene gene = genes.get(i);
            Slice slice = merge.slices().get(whole ? 0 : groups.indexOf(gene.group()));
            genome[i] = Genes.unit(gene.bounds(), valueIn(merge, slice, gene), gene.name());
        }
        return genome;
    }

    private Slice slice(Group group, Map<String, Map<String, List<Rule>>> rules) {
        var sources = space.models().stream()
                .map(model -> {
                    var parameters = new TreeMap<String, Parameter>();
                    rules.get(model).forEach((name, list) -> parameters.put(name, parameter(list)));
                    return new Source(model, group.layers(), parameters);
                })
                .toList();
        return new Slice(sources, Map.of());
    }

    private static Parameter parameter(List<Rule> rules) {
        return rules.size() == 1 && rules.getFirst().filter().isEmpty()
                ? rules.getFirst().value()
                : new Parameter.Filtered(rules);
    }

    /** Normalisation is said even where it is the method's default: a recipe should not depend on who reads it. */
    private Map<String, Parameter> methodParameters() {
        return space.method().methodParameters().contains(NORMALIZE)
                ? Map.of(NORMALIZE, new Constant(space.normalize() ? 1 : 0))
                : Map.of();
    }

    /** Refuses recipes that differ in what a genome does not say. */
    private void checkComparable(WeightMerge merge) {
        if (space.method().needsBase() && !merge.base().equals(base)) {
            throw new SearchException(
                    "the recipe's base is '" + merge.base().orElseThrow() + "', expected '" + base.orElseThrow() + "'");
        }
        for (String name : space.method().methodParameters()) {
            double expected = name.equals(NORMALIZE)
                    ? (space.normalize() ? 1 : 0)
                    : space.method().defaultOf(name).orElse(Double.NaN);
            double found = merge.parameters()
                    .getOrDefault(name, DEFAULT)
                    .at("", 0)
                    .orElse(space.method().defaultOf(name).orElse(Double.NaN));
            if (Double.compare(found, expected) != 0) {
                throw new SearchException("the recipe's " + name + " is " + found + ", expected " + expected);
            }
        }
        if (space.method().sparsifies() && merge.rescale() != Rescale.defaultOf(space.method())) {
            throw new SearchException(
                    "the recipe rescales by " + merge.rescale() + ", expected " + Rescale.defaultOf(space.method()));
        }
        var models = new TreeSet<String>();
        merge.slices().forEach(slice -> slice.sources().forEach(source -> models.add(source.model())));
        models.removeAll(space.models());
        base.ifPresent(models::remove);
        if (!models.isEmpty()) {
            throw new SearchException("the recipe mixes in " + models + ", expected only " + space.models());
        }
        checkSlices(merge.slices());
    }

    private void checkSlices(List<Slice> slices) {
        boolean whole = slices.size() == 1;
        var expected = groups.stream().map(Group::layers).toList();
        for (Slice slice : slices) {
            for (Source source : slice.sources()) {
                if (!(whole && source.layers().isEmpty())
                        && !(slices.size() == expected.size()
                                && source.layers().equals(expected.get(slices.indexOf(slice))))) {
                    throw new SearchException("the recipe takes layers "
                            + source.layers().map(LayerRange::toString).orElse("(all)") + " of " + source.model()
                            + ", expected groups " + expected);
                }
            }
        }
    }

    private double valueIn(WeightMerge merge, Slice slice, Gene gene) {
        Optional<Source> source = slice.sources().stream()
                .filter(candidate -> candidate.model().equals(gene.model()))
                .findFirst();
        if (source.isEmpty()) {
            return gene.parameter().equals("weight") ? 0 : gene.bounds().high();
        }
        Parameter parameter = Stream.of(source.get().parameters(), slice.parameters(), merge.parameters())
                .filter(scope -> scope.containsKey(gene.parameter()))
                .findFirst()
                .map(scope -> scope.get(gene.parameter()))
                .orElse(DEFAULT);
        return constant(parameter, gene)
                .or(() -> merge.method().defaultOf(gene.parameter()).stream()
                        .boxed()
                        .findFirst())
                .orElseThrow(() -> new SearchException(gene.name() + " is missing"));
    }

    /** The value that a parameter has for a gene's tensors; they must agree. */
    private Optional<Double> constant(Parameter parameter, Gene gene) {
        return switch (parameter) {
            case Constant(double value) -> Optional.of(value);
            case Parameter.Gradient(List<Double> points)
            when points.stream().distinct().count() == 1 -> Optional.of(points.getFirst());
            case Parameter.Gradient gradient ->
                throw new SearchException(gene.name() + " is a gradient, expected one value: " + gradient);
            case Parameter.Filtered(List<Rule> rules) -> {
                Optional<String> filter = gene.kind().map(TensorKind::filter);
                var known = space.kinds().stream().map(TensorKind::filter).toList();
                for (Rule rule : rules) {
                    if (rule.filter().isPresent()
                            && !known.contains(rule.filter().get())) {
                        throw new SearchException("the recipe has a rule for '"
                                + rule.filter().get() + "', expected only rules for " + known);
                    }
                    if (rule.filter().isEmpty() || rule.filter().equals(filter)) {
                        yield constant(rule.value(), gene);
                    }
                }
                yield Optional.empty();
            }
        };
    }

    private List<Gene> genes(Group group) {
        var found = new ArrayList<Gene>();
        Stream.concat(
                        space.kinds().stream().filter(group::has).map(Optional::of),
                        Stream.of(Optional.<TensorKind>empty()))
                .forEach(kind -> {
                    for (String model : space.models()) {
                        found.add(new Gene(group, kind, model, "weight", space.weight()));
                        if (space.method().sparsifies()) {
                            found.add(new Gene(group, kind, model, "density", space.density()));
                        }
                    }
                });
        return found;
    }

    private List<Group> groups(SortedMap<String, Integer> models) {
        if (space.layersPerGroup().isEmpty()) {
            return List.of(new Group(Optional.empty(), true, true));
        }
        int size = space.layersPerGroup().get();
        int layers = ModelChecks.commonLayers(space.models(), models);
        var found = new ArrayList<Group>();
        for (int from = 0; from < layers; from += size) {
            int to = Math.min(from + size, layers);
            found.add(new Group(Optional.of(new LayerRange(from, to)), from == 0, to == layers));
        }
        return found;
    }

    private static void check(Space.ParameterSpace space, SearchSpec spec) {
        MergeMethod method = space.method();
        if (!method.sourceParameters().contains("weight")) {
            throw new SearchException("method '" + method.id() + "' has no weight to search");
        }
        if (method.needsBase() && spec.base().isEmpty()) {
            throw new SearchException("method '" + method.id() + "' needs a base model, found none");
        }
        if (space.kinds().stream().distinct().count() < space.kinds().size()) {
            throw new SearchException("expected each tensor kind once, found " + space.kinds());
        }
        space.layersPerGroup().filter(size -> size < 1).ifPresent(size -> {
            throw new SearchException("layersPerGroup must be at least 1, found " + size);
        });
        Genes.check(space.weight(), "weight");
        if (method.sparsifies()) {
            Genes.check(space.density(), "density");
            if (space.density().low() <= 0 || space.density().high() > 1) {
                throw new SearchException("density must lie in (0, 1], found bounds "
                        + space.density().low() + " to " + space.density().high());
            }
        }
    }
}
