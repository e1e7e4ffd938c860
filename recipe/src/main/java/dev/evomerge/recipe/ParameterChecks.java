package dev.evomerge.recipe;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks that parameters have names that the method knows and values that it can use. */
final class ParameterChecks {

    /** Closed intervals of values; lower bounds of zero are open where {@link #POSITIVE} says so. */
    private static final Map<String, double[]> RANGES = Map.of(
            "density", new double[] {0, 1},
            "select_topk", new double[] {0, 1},
            "gamma", new double[] {0, 1},
            "epsilon", new double[] {0, 1},
            "max_iter", new double[] {1, 10_000},
            "tol", new double[] {0, 1},
            "eps", new double[] {0, 1});

    private static final Set<String> POSITIVE = Set.of("density", "select_topk");

    private ParameterChecks() {}

    static void check(MergeMethod method, List<Slice> slices, Map<String, Parameter> global) {
        var everywhere = new HashSet<>(method.sourceParameters());
        everywhere.addAll(method.methodParameters());
        checkMap(method, global, everywhere, "parameters");
        for (int s = 0; s < slices.size(); s++) {
            Slice slice = slices.get(s);
            String where = slices.size() == 1 ? "" : "slice " + s + ": ";
            checkMap(method, slice.parameters(), everywhere, where + "parameters");
            checkSources(method, slice, where);
            for (Source source : slice.sources()) {
                checkMap(
                        method,
                        source.parameters(),
                        method.sourceParameters(),
                        where + "source '" + source.model() + "'");
            }
        }
    }

    private static void checkSources(MergeMethod method, Slice slice, String where) {
        var names = new HashSet<String>();
        var lengths = new HashSet<Object>();
        for (Source source : slice.sources()) {
            if (!names.add(source.model())) {
                throw new RecipeException(
                        where + "model '" + source.model() + "' is there twice, expected each model once");
            }
            lengths.add(source.layers().map(LayerRange::size));
        }
        if (lengths.size() > 1) {
            throw new RecipeException(where + "every source must give the same number of layers, found "
                    + slice.sources().stream()
                            .map(source -> source.model() + " "
                                    + source.layers()
                                            .map(range -> "[" + range.from() + ", " + range.to() + ")")
                                            .orElse("all"))
                            .toList());
        }
        if (method == MergeMethod.PASSTHROUGH && slice.sources().size() != 1) {
            throw new RecipeException(where + "passthrough takes one source, found "
                    + slice.sources().size());
        }
    }

    private static void checkMap(MergeMethod method, Map<String, Parameter> map, Set<String> known, String where) {
        map.forEach((name, parameter) -> {
            if (!known.contains(name)) {
                throw new RecipeException(
                        where + ": " + Names.unknown("parameter of '" + method.id() + "'", name, known));
            }
            checkValue(name, parameter, where);
        });
    }

    private static void checkValue(String name, Parameter parameter, String where) {
        switch (parameter) {
            case Parameter.Constant(double value) -> checkNumber(name, value, where);
            case Parameter.Gradient(List<Double> points) -> points.forEach(value -> checkNumber(name, value, where));
            case Parameter.Filtered(List<Parameter.Rule> rules) ->
                rules.forEach(rule -> checkValue(name, rule.value(), where));
        }
    }

    private static void checkNumber(String name, double value, String where) {
        double[] range = RANGES.get(name);
        boolean open = POSITIVE.contains(name);
        if (!Double.isFinite(value)) {
            throw new RecipeException(where + ": " + name + " must be a finite number, found " + value);
        }
        if (range != null && (value < range[0] || value > range[1] || (open && value == range[0]))) {
            throw new RecipeException(where + ": " + name + " must be in " + (open ? "(" : "[") + plain(range[0]) + ", "
                    + plain(range[1]) + "], found " + plain(value));
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
