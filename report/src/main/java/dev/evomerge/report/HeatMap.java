package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.recipe.Parameter;
import dev.evomerge.recipe.Slice;
import dev.evomerge.recipe.Source;
import dev.evomerge.recipe.WeightMerge;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The parameters of a merge by model, tensor kind and layer group, as a picture and as a table. */
final class HeatMap {

    private static final double LEFT = 190;
    private static final double ROW = 28;
    private static final double HEAD = 22;
    private static final double GAP = 34;

    /** Where a cell is too narrow for its number. */
    private static final double NARROWEST_TEXT = 30;

    /** How many shades there are, {@code h0} to {@code h8} in the style sheet. */
    private static final int SHADES = 9;

    private final WeightMerge merge;
    private final Map<String, Integer> layers;
    private final List<Group> groups;

    /** Output layers {@code from} to {@code to} (exclusive) of one slice, {@code t} of the way through it. */
    private record Group(Slice slice, int from, int to, double t, String label) {}

    /** One parameter of one model for tensors of one kind. */
    private record Row(String parameter, String model, Optional<String> filter, List<OptionalDouble> values) {
        String label() {
            return model + filter.map(kind -> " · " + kind).orElse("");
        }
    }

    /**
     * @param layers how many layers each model has, as far as that is known
     */
    private HeatMap(WeightMerge merge, Map<String, Integer> layers) {
        this.merge = merge;
        this.layers = layers;
        this.groups = groups();
    }

    /**
     * @param id unique in the page
     * @param of whose parameters they are: "the winner"
     */
    static Html figure(String id, String of, WeightMerge merge, Map<String, Integer> layers) {
        return new HeatMap(merge, layers).figure(id, of);
    }

    private Html figure(String id, String of) {
        var parameters = parameters();
        if (parameters.isEmpty()) {
            return html(
                    "<p>Method <code>{}</code> has no parameter per model.</p>\n",
                    merge.method().id());
        }
        var rows = parameters.stream().flatMap(this::rows).toList();
        double height = parameters.size() * (HEAD + GAP) - GAP + rows.size() * ROW + 2;
        String title = Words.capital(Words.list(parameters)) + " of " + of + " by layer group";
        return html(
                """
                <figure>
                {}<figcaption>{}. Method <code>{}</code>{}. Shades run from the lowest to the highest value of each parameter.</figcaption>
                </figure>
                {}""",
                Figure.image(id, height, title, description(rows), drawing(parameters, rows)),
                title,
                merge.method().id(),
                merge.base().map(base -> html(" over <code>{}</code>", base)),
                table(title, rows));
    }

    private List<String> parameters() {
        var named = new TreeSet<String>(merge.method().sourceParameters());
        if (!merge.method().sparsifies()) {
            named.remove("density");
        }
        var ordered = new ArrayList<String>();
        Stream.of("weight", "density").filter(named::remove).forEach(ordered::add);
        ordered.addAll(named);
        return ordered;
    }

    private List<Group> groups() {
        var found = new ArrayList<Group>();
        int next = 0;
        for (Slice slice : merge.slices()) {
            int size = size(slice);
            if (!varies(slice)) {
                found.add(new Group(slice, next, next + size, 0, label(slice, next, size)));
            } else {
                for (int i = 0; i < size; i++) {
                    double t = size == 1 ? 0 : i / (size - 1.0);
                    found.add(new Group(slice, next + i, next + i + 1, t, Integer.toString(next + i)));
                }
            }
            next += size;
        }
        return found;
    }

    private static String label(Slice slice, int from, int size) {
        boolean whole = slice.sources().getFirst().layers().isEmpty();
        return whole ? "all layers" : size == 1 ? Integer.toString(from) : from + "–" + (from + size - 1);
    }

    private int size(Slice slice) {
        Source first = slice.sources().getFirst();
        return first.layers().map(range -> range.size()).orElseGet(() -> layers.getOrDefault(first.model(), 1));
    }

    /** Whether a parameter changes from layer to layer within a slice. */
    private boolean varies(Slice slice) {
        return Stream.concat(
                        Stream.of(slice.parameters(), merge.parameters()),
                        slice.sources().stream().map(Source::parameters))
                .flatMap(parameters -> parameters.values().stream())
                .anyMatch(HeatMap::isGradient);
    }

    private static boolean isGradient(Parameter parameter) {
        return switch (parameter) {
            case Parameter.Constant _ -> false;
            case Parameter.Gradient _ -> true;
            case Parameter.Filtered(var rules) -> rules.stream().anyMatch(rule -> isGradient(rule.value()));
        };
    }

    private Stream<Row> rows(String parameter) {
        var models = merge.slices().stream()
                .flatMap(slice -> slice.sources().stream())
                .map(Source::model)
                .distinct()
                .toList();
        var filters = filters(parameter);
        return models.stream().flatMap(model -> filters.stream().map(filter -> row(parameter, model, filter)));
    }

    /** The tensor kinds that a parameter tells apart, and all others last. */
    private List<Optional<String>> filters(String parameter) {
        var found = merge.slices().stream()
                .flatMap(slice -> slice.sources().stream())
                .map(source -> source.parameters().get(parameter))
                .filter(Parameter.Filtered.class::isInstance)
                .flatMap(value -> ((Parameter.Filtered) value).rules().stream())
                .flatMap(rule -> rule.filter().stream())
                .distinct()
                .map(Optional::of)
                .collect(Collectors.toCollection(ArrayList::new));
        found.add(found.isEmpty() ? Optional.empty() : Optional.of("other"));
        return found;
    }

    private Row row(String parameter, String model, Optional<String> filter) {
        String tensor = filter.filter(kind -> !kind.equals("other")).orElse("");
        return new Row(
                parameter,
                model,
                filter,
                groups.stream()
                        .map(group -> value(parameter, model, tensor, group))
                        .toList());
    }

    private OptionalDouble value(String parameter, String model, String tensor, Group group) {
        return group.slice().sources().stream()
                .filter(source -> source.model().equals(model))
                .findFirst()
                .map(source -> Stream.of(source.parameters(), group.slice().parameters(), merge.parameters())
                        .filter(scope -> scope.containsKey(parameter))
                        .findFirst()
                        .map(scope -> scope.get(parameter).at(tensor, group.t()))
                        .orElseGet(() -> merge.method().defaultOf(parameter)))
                .orElse(OptionalDouble.empty());
    }

    private Html drawing(List<String> parameters, List<Row> rows) {
        var pieces = new ArrayList<Html>();
        double y = 0;
        for (String parameter : parameters) {
            var block = rows.stream()
                    .filter(row -> row.parameter().equals(parameter))
                    .toList();
            pieces.add(block(parameter, block, y));
            y += HEAD + GAP + block.size() * ROW;
        }
        return pieces.stream().collect(joined());
    }

    /** One parameter: its name and range, the layer groups, a row per model and kind. */
    private Html block(String parameter, List<Row> rows, double top) {
        var range = rows.stream()
                .flatMap(row -> row.values().stream())
                .flatMapToDouble(OptionalDouble::stream)
                .summaryStatistics();
        var pieces = new ArrayList<Html>();
        pieces.add(Figure.text("heading", 0, top + 16, parameter));
        for (Group group : groups) {
            if (width(group) >= NARROWEST_TEXT || groups.indexOf(group) % 4 == 0) {
                pieces.add(Figure.text("tick middle", x(group.from()) + width(group) / 2, top + 16, group.label()));
            }
        }
        for (int i = 0; i < rows.size(); i++) {
            double y = top + HEAD + i * ROW;
            pieces.add(Figure.text(
                    "axis end",
                    LEFT - 12,
                    y + ROW / 2 + 4,
                    Words.brief(rows.get(i).label(), 26)));
            for (int j = 0; j < groups.size(); j++) {
                pieces.add(cell(
                        rows.get(i), groups.get(j), rows.get(i).values().get(j), range.getMin(), range.getMax(), y));
            }
        }
        return pieces.stream().collect(joined());
    }

    private Html cell(Row row, Group group, OptionalDouble value, double low, double high, double y) {
        if (value.isEmpty()) {
            return Html.NOTHING;
        }
        double v = value.getAsDouble();
        int shade = high > low ? (int) Math.min(SHADES - 1, (v - low) / (high - low) * SHADES) : SHADES / 2;
        return html(
                "<g class=\"h{}\"><title>{} of {}, layers {}: {}</title>{}{}</g>\n",
                shade,
                row.parameter(),
                row.label(),
                group.label(),
                Numbers.parameter(v),
                Figure.rectangle("cell", x(group.from()), y, width(group), ROW),
                width(group) >= NARROWEST_TEXT
                        ? Figure.text(
                                "middle", x(group.from()) + width(group) / 2, y + ROW / 2 + 4, Numbers.parameter(v))
                        : Html.NOTHING);
    }

    private double x(int layer) {
        return LEFT + (Figure.WIDTH - LEFT) * layer / groups.getLast().to();
    }

    private double width(Group group) {
        return x(group.to()) - x(group.from());
    }

    private String description(List<Row> rows) {
        return rows.stream()
                .map(row -> {
                    var values = row.values().stream()
                            .flatMapToDouble(OptionalDouble::stream)
                            .summaryStatistics();
                    return row.parameter() + " of " + row.label() + ": from " + Numbers.parameter(values.getMin())
                            + " to " + Numbers.parameter(values.getMax()) + ", mean "
                            + Numbers.parameter(values.getAverage());
                })
                .collect(Collectors.joining("; ", "", "."));
    }

    private Html table(String title, List<Row> rows) {
        return html(
                """
                <details>
                <summary>The same as a table</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="{}, as a table"><table class="numbers">
                <caption>{}</caption>
                <thead><tr><th scope="col" class="text">Layers</th>{}</tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                </details>
                """,
                title,
                title,
                rows.stream()
                        .map(row -> html("<th scope=\"col\">{}<br>{}</th>", row.parameter(), row.label()))
                        .collect(joined()),
                IntStream.range(0, groups.size())
                        .mapToObj(i -> tableRow(i, rows))
                        .toList());
    }

    private Html tableRow(int group, List<Row> rows) {
        return html(
                "<tr><th scope=\"row\" class=\"text\">{}</th>{}</tr>\n",
                groups.get(group).label(),
                rows.stream()
                        .map(row -> row.values().get(group))
                        .map(value ->
                                html("<td>{}</td>", value.isPresent() ? Numbers.fixed(value.getAsDouble(), 4) : "–"))
                        .collect(joined()));
    }
}
