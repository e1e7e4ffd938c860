package dev.evomerge.report;

import static dev.evomerge.report.Figure.line;
import static dev.evomerge.report.Figure.text;
import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.report.Results.Generation;
import dev.evomerge.search.SearchSpec.Goal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Best, median and spread of every generation: a drawing and a table per objective. */
final class Progress {

    private static final double LEFT = 58;
    private static final double RIGHT = 130;
    private static final double TOP = 30;
    private static final double HEIGHT = 320;
    private static final double BOTTOM = 44;

    /** Above, single candidates would be a fog. */
    private static final int MOST_DOTS = 1500;

    private static final double LABEL_DISTANCE = 16;

    private final Results results;
    private final int objective;
    private final Measure measure;
    private final List<Row> rows;

    /** One generation on one objective; what has no score has no row. */
    private record Row(
            Generation generation, double best, double median, double lower, double upper, double bestSoFar) {}

    private Progress(Results results, int objective) {
        this.results = results;
        this.objective = objective;
        this.measure = results.measures().get(objective);
        this.rows = rows();
    }

    static Html section(Results results) {
        if (results.generations().isEmpty()) {
            return html("<p class=\"empty\">No generation has been evaluated yet.</p>\n");
        }
        return IntStream.range(0, results.measures().size())
                .mapToObj(objective -> new Progress(results, objective).figure())
                .collect(joined());
    }

    private List<Row> rows() {
        var found = new ArrayList<Row>();
        Optional<Double> soFar = Optional.empty();
        for (Generation generation : results.generations()) {
            double[] sorted = generation.sorted(objective);
            if (sorted.length > 0) {
                double best = measure.goal() == Goal.MAXIMIZE ? sorted[sorted.length - 1] : sorted[0];
                soFar = Optional.of(
                        soFar.filter(before -> measure.better(before, best)).orElse(best));
                found.add(new Row(
                        generation,
                        best,
                        quantile(sorted, 0.5),
                        quantile(sorted, 0.25),
                        quantile(sorted, 0.75),
                        soFar.get()));
            }
        }
        return found;
    }

    /** The quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996). */
    static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    private Html figure() {
        if (rows.isEmpty()) {
            return html("<p class=\"empty\">No candidate has a score for {} yet.</p>\n", measure.name());
        }
        return html(
                """
                <figure>
                {}<figcaption>{} on the search questions by generation{}. {}The band holds the middle half of a generation.</figcaption>
                </figure>
                {}""",
                Figure.image("progress-" + objective, HEIGHT, title(), description(), drawing()),
                Words.capital(measure.name()),
                measure.goal() == Goal.MINIMIZE ? "; lower is better" : "",
                showsDots() ? "Each dot is a candidate. " : "",
                table());
    }

    private String title() {
        return Words.capital(measure.name()) + " by generation";
    }

    private String description() {
        Row last = rows.getLast();
        return "The best candidate went from " + measure.value(rows.getFirst().best()) + " in generation "
                + rows.getFirst().generation().number() + " to " + measure.value(last.bestSoFar()) + " by generation "
                + last.generation().number() + "; the median from "
                + measure.value(rows.getFirst().median()) + " to " + measure.value(last.median()) + "."
                + results.bestSource(objective)
                        .map(source -> " The best source has " + measure.value(source.objectives()[objective]) + ".")
                        .orElse("");
    }

    private Html drawing() {
        Axis x = xAxis();
        Axis y = yAxis();
        return Html.of(grid(x, y), stages(x), sourceLine(y), band(x, y), dots(x, y), lines(x, y), labels(x, y));
    }

    /** As long as the budget lets the search be, so that a glance tells how much is left. */
    private Axis xAxis() {
        int done = results.generations().size();
        long most = results.generationBudget().orElse(done);
        return new Axis(0.5, Math.max(done, Math.min(most, 20L * done)) + 0.5, 1, LEFT, Figure.WIDTH - RIGHT);
    }

    private Axis yAxis() {
        var shown = Stream.concat(
                        results.generations().stream()
                                .flatMap(g -> Arrays.stream(g.sorted(objective)).boxed()),
                        results.bestSource(objective).map(source -> source.objectives()[objective]).stream())
                .mapToDouble(Double::doubleValue)
                .summaryStatistics();
        return Axis.covering(shown.getMin(), shown.getMax(), 6, HEIGHT - BOTTOM, TOP);
    }

    private Html grid(Axis x, Axis y) {
        var pieces = new ArrayList<Html>();
        for (double tick : y.ticks()) {
            pieces.add(line("grid", x.from(), y.at(tick), x.to(), y.at(tick)));
            pieces.add(text("tick end", x.from() - 10, y.at(tick) + 4, measure.tick(tick, y.step())));
        }
        double step = Math.max(1, Axis.covering(0, x.high(), 10, 0, 1).step());
        for (int tick = 1; tick <= x.high(); tick += tick == 1 && step > 1 ? (int) step - 1 : (int) step) {
            pieces.add(text("tick middle", x.at(tick), HEIGHT - BOTTOM + 20, tick));
        }
        pieces.add(text("axis middle", (x.from() + x.to()) / 2, HEIGHT - 4, "generation"));
        return pieces.stream().collect(joined());
    }

    /** Where one stage ends and the next begins. */
    private Html stages(Axis x) {
        var generations = results.generations();
        if (generations.stream().map(Generation::stage).distinct().count() < 2) {
            return Html.NOTHING;
        }
        var pieces = new ArrayList<Html>();
        for (int i = 0; i < generations.size(); i++) {
            String stage = generations.get(i).stage();
            if (i == 0 || !generations.get(i - 1).stage().equals(stage)) {
                double at = x.at(i + 0.5);
                if (i > 0) {
                    pieces.add(line("divider", at, TOP - 20, at, HEIGHT - BOTTOM));
                }
                pieces.add(text("axis", at + 6, TOP - 12, stage));
            }
        }
        return pieces.stream().collect(joined());
    }

    private Html sourceLine(Axis y) {
        return results.bestSource(objective)
                .map(source -> y.at(source.objectives()[objective]))
                .map(at -> line("source", LEFT, at, Figure.WIDTH - RIGHT, at))
                .orElse(Html.NOTHING);
    }

    private Html band(Axis x, Axis y) {
        if (rows.size() < 2) {
            return Html.NOTHING;
        }
        var there = rows.stream();
        var back = rows.reversed().stream();
        double[] xs = Stream.concat(rows.stream(), rows.reversed().stream())
                .mapToDouble(row -> x.at(row.generation().number()))
                .toArray();
        double[] ys = Stream.concat(there.map(Row::upper), back.map(Row::lower))
                .mapToDouble(y::at)
                .toArray();
        return html("<path class=\"band\" d=\"{}Z\"/>\n", Figure.through(xs, ys));
    }

    private boolean showsDots() {
        return results.evaluated() <= MOST_DOTS;
    }

    private Html dots(Axis x, Axis y) {
        if (!showsDots()) {
            return Html.NOTHING;
        }
        return results.generations().stream()
                .flatMap(generation -> Arrays.stream(generation.sorted(objective))
                        .mapToObj(score -> Figure.dot("candidate", x.at(generation.number()), y.at(score), 2.2)))
                .collect(joined());
    }

    private Html lines(Axis x, Axis y) {
        double[] xs = rows.stream()
                .mapToDouble(row -> x.at(row.generation().number()))
                .toArray();
        double[] medians = rows.stream().mapToDouble(row -> y.at(row.median())).toArray();
        double[] bests = rows.stream().mapToDouble(row -> y.at(row.bestSoFar())).toArray();
        return Html.of(
                html("<path class=\"median\" d=\"{}\"/>\n", Figure.through(xs, medians)),
                html("<path class=\"best\" d=\"{}\"/>\n", steps(xs, bests)),
                Figure.dot("best-end", xs[xs.length - 1], bests[bests.length - 1], 3.5));
    }

    /** The best so far holds until a better one comes. */
    private static String steps(double[] xs, double[] ys) {
        var path = new StringBuilder("M" + Numbers.px(xs[0]) + " " + Numbers.px(ys[0]));
        for (int i = 1; i < xs.length; i++) {
            path.append("H").append(Numbers.px(xs[i]));
            if (ys[i] != ys[i - 1]) {
                path.append("V").append(Numbers.px(ys[i]));
            }
        }
        return path.toString();
    }

    /** What a line is, and its last value. */
    private record Label(String style, String text, double y) {}

    /** Beside the lines' ends, pushed apart where they are too near. */
    private Html labels(Axis x, Axis y) {
        Row last = rows.getLast();
        var labels = new ArrayList<>(List.of(
                new Label("best", "best " + measure.value(last.bestSoFar()), y.at(last.bestSoFar())),
                new Label("median", "median " + measure.value(last.median()), y.at(last.median()))));
        double at = x.at(last.generation().number()) + 10;
        results.bestSource(objective)
                .map(source -> source.objectives()[objective])
                .ifPresent(
                        score -> labels.add(new Label("source", "best source " + measure.value(score), y.at(score))));
        labels.sort(Comparator.comparingDouble(Label::y));
        var pieces = new ArrayList<Html>();
        double free = Double.NEGATIVE_INFINITY;
        for (Label label : labels) {
            double baseline = Math.max(free, label.y() + 4);
            pieces.add(text("label " + label.style(), at, baseline, label.text()));
            free = baseline + LABEL_DISTANCE;
        }
        return pieces.stream().collect(joined());
    }

    private Html table() {
        return html(
                """
                <details>
                <summary>The same as a table</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="{} by generation, as a table"><table class="numbers">
                <caption>{} by generation{}</caption>
                <thead><tr><th scope="col">Generation</th><th scope="col" class="text">Stage</th><th scope="col">Candidates</th>\
                <th scope="col">Failed</th><th scope="col">Best</th><th scope="col">Median</th><th scope="col">Quartiles</th>\
                <th scope="col">Best so far</th></tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                </details>
                """,
                Words.capital(measure.name()),
                Words.capital(measure.name()),
                measure.percent() ? ", in percent" : "",
                rows.stream().map(this::tableRow).toList());
    }

    private Html tableRow(Row row) {
        Generation generation = row.generation();
        return html(
                """
                <tr><th scope="row">{}</th><td class="text">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} to {}</td><td>{}</td></tr>
                """,
                generation.number(),
                generation.stage(),
                generation.candidates(),
                generation.candidates() - generation.scores().size(),
                measure.number(row.best()),
                measure.number(row.median()),
                measure.number(row.lower()),
                measure.number(row.upper()),
                measure.number(row.bestSoFar()));
    }
}
