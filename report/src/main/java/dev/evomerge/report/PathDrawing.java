package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.LayerPath.Hop;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The way of a token through the layers of several models: depth by depth whose layer it passes, and with which scale. */
final class PathDrawing {

    private static final double LEFT = 58;
    private static final double TOP = 34;
    private static final double LAYERS = 240;
    private static final double SCALES = 70;
    private static final double GAP = 34;
    private static final double BOTTOM = 42;
    private static final double HEIGHT = TOP + LAYERS + GAP + SCALES + BOTTOM;

    /** How many markers there are, {@code m0} to {@code m5} in the style sheet; further models share them. */
    private static final int MARKERS = 6;

    private final LayerPath path;
    private final List<String> models;
    private final Axis depth;
    private final Axis layer;

    private PathDrawing(LayerPath path) {
        this.path = path;
        this.models = path.hops().stream().map(Hop::model).distinct().sorted().toList();
        this.depth = new Axis(0.5, path.hops().size() + 0.5, 1, LEFT, Figure.WIDTH - 12);
        int last = path.hops().stream().mapToInt(Hop::layer).max().orElseThrow();
        this.layer = Axis.covering(0, Math.max(1, last), 6, TOP + LAYERS, TOP);
    }

    /** Hops in a row that go up one model layer by layer. */
    private record Run(int first, int last, String model, int from, int to, double lowest, double highest) {}

    /**
     * @param id unique in the page
     * @param of whose path it is: "the winner"
     */
    static Html figure(String id, String of, LayerPath path) {
        return new PathDrawing(path).figure(id, of);
    }

    private Html figure(String id, String of) {
        String title = "Layer path of " + of;
        return html(
                """
                <figure>
                {}<figcaption>{}: {} through {}. Embeddings, final norm and head come from <code>{}</code>. \
                Below, the scale of what enters each layer; the line is 1.</figcaption>
                </figure>
                {}""",
                Figure.image(id, HEIGHT, title, description(), drawing()),
                title,
                Numbers.count(path.hops().size(), "hop"),
                Words.list(models),
                path.embeddings(),
                table(title));
    }

    private String description() {
        return models.stream()
                .map(model -> {
                    var hops = path.hops().stream().filter(hop -> hop.model().equals(model));
                    return Numbers.count(hops.count(), "hop") + " through " + model;
                })
                .collect(Collectors.joining(", ", "", "."));
    }

    private Html drawing() {
        return Html.of(legend(), grid(), way(), markers(), scales());
    }

    private Html legend() {
        var pieces = new ArrayList<Html>();
        double x = LEFT;
        for (String model : models) {
            String label = Words.brief(model, 24);
            pieces.add(marker(model, x + 5, 11, 5, model));
            pieces.add(Figure.text("axis", x + 16, 15, label));
            x += 40 + 7.5 * label.length();
        }
        return pieces.stream().collect(joined());
    }

    private Html grid() {
        var pieces = new ArrayList<Html>();
        for (double tick : layer.ticks()) {
            if (tick == Math.rint(tick)) {
                pieces.add(Figure.line("grid", depth.from(), layer.at(tick), depth.to(), layer.at(tick)));
                pieces.add(Figure.text("tick end", depth.from() - 10, layer.at(tick) + 4, (int) tick));
            }
        }
        pieces.add(Figure.text("axis end", depth.from() - 10, TOP - 16, "layer"));
        int step = (int) Math.max(1, Axis.covering(0, depth.high(), 10, 0, 1).step());
        for (int hop = step; hop <= path.hops().size(); hop += step) {
            pieces.add(Figure.text("tick middle", depth.at(hop), HEIGHT - BOTTOM + 20, hop));
        }
        pieces.add(Figure.text("axis middle", (depth.from() + depth.to()) / 2, HEIGHT - 4, "hop"));
        return pieces.stream().collect(joined());
    }

    private Html way() {
        double[] xs = IntStream.range(0, path.hops().size())
                .mapToDouble(i -> depth.at(i + 1))
                .toArray();
        double[] ys =
                path.hops().stream().mapToDouble(hop -> layer.at(hop.layer())).toArray();
        return html("<path class=\"way\" d=\"{}\"/>\n", Figure.through(xs, ys));
    }

    private Html markers() {
        double size = Math.clamp((depth.at(2) - depth.at(1)) * 0.38, 1.8, 5.5);
        return IntStream.range(0, path.hops().size())
                .mapToObj(i -> {
                    Hop hop = path.hops().get(i);
                    String says = "hop " + (i + 1) + ": " + hop.model() + ", layer " + hop.layer() + ", scale "
                            + Numbers.parameter(hop.scale());
                    return marker(hop.model(), depth.at(i + 1), layer.at(hop.layer()), size, says);
                })
                .collect(joined());
    }

    /** Models differ in colour and in shape: circle, square, diamond. */
    private Html marker(String model, double x, double y, double size, String says) {
        int index = models.indexOf(model) % MARKERS;
        String shape =
                switch (index % 3) {
                    case 0 ->
                        "M%s %sa%s %s 0 1 0 %s 0a%s %s 0 1 0 -%s 0Z"
                                .formatted(
                                        px(x - size),
                                        px(y),
                                        px(size),
                                        px(size),
                                        px(2 * size),
                                        px(size),
                                        px(size),
                                        px(2 * size));
                    case 1 ->
                        "M%s %sh%sv%sh-%sZ"
                                .formatted(px(x - size), px(y - size), px(2 * size), px(2 * size), px(2 * size));
                    default ->
                        Figure.through(
                                        new double[] {x, x + 1.3 * size, x, x - 1.3 * size},
                                        new double[] {y - 1.3 * size, y, y + 1.3 * size, y})
                                + "Z";
                };
        return html("<path class=\"m{}\" d=\"{}\"><title>{}</title></path>\n", index, shape, says);
    }

    private static String px(double value) {
        return Numbers.px(value);
    }

    private Html scales() {
        var range = path.hops().stream().mapToDouble(Hop::scale).summaryStatistics();
        double top = TOP + LAYERS + GAP;
        Axis scale = Axis.covering(Math.min(1, range.getMin()), Math.max(1, range.getMax()), 2, top + SCALES, top);
        double width = Math.clamp((depth.at(2) - depth.at(1)) * 0.7, 1.5, 12);
        var pieces = new ArrayList<Html>();
        pieces.add(Figure.text("axis end", depth.from() - 10, top - 15, "scale"));
        for (double tick : scale.ticks()) {
            pieces.add(Figure.line("grid", depth.from(), scale.at(tick), depth.to(), scale.at(tick)));
            pieces.add(Figure.text(
                    "tick end", depth.from() - 10, scale.at(tick) + 4, Numbers.fixed(tick, scale.step() < 1 ? 1 : 0)));
        }
        for (int i = 0; i < path.hops().size(); i++) {
            double y = scale.at(path.hops().get(i).scale());
            double one = scale.at(1);
            pieces.add(
                    Figure.rectangle("scale", depth.at(i + 1) - width / 2, Math.min(y, one), width, Math.abs(y - one)));
        }
        pieces.add(Figure.line("divider", depth.from(), scale.at(1), depth.to(), scale.at(1)));
        return pieces.stream().collect(joined());
    }

    private Html table(String title) {
        return html(
                """
                <details>
                <summary>The same as a table</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="{}, as a table"><table class="numbers">
                <caption>{}, in runs of consecutive layers</caption>
                <thead><tr><th scope="col" class="text">Hops</th><th scope="col" class="text">Model</th><th scope="col">Layers</th>\
                <th scope="col">Scale</th></tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                </details>
                """, title, title, runs().stream().map(PathDrawing::tableRow).toList());
    }

    private List<Run> runs() {
        var runs = new ArrayList<Run>();
        for (int i = 0; i < path.hops().size(); i++) {
            Hop hop = path.hops().get(i);
            Run before = runs.isEmpty() ? null : runs.getLast();
            if (before != null && before.model().equals(hop.model()) && before.to() + 1 == hop.layer()) {
                runs.removeLast();
                runs.add(new Run(
                        before.first(),
                        i + 1,
                        hop.model(),
                        before.from(),
                        hop.layer(),
                        Math.min(before.lowest(), hop.scale()),
                        Math.max(before.highest(), hop.scale())));
            } else {
                runs.add(new Run(i + 1, i + 1, hop.model(), hop.layer(), hop.layer(), hop.scale(), hop.scale()));
            }
        }
        return runs;
    }

    private static Html tableRow(Run run) {
        return html(
                "<tr><th scope=\"row\" class=\"text\">{}</th><td class=\"text\">{}</td><td>{}</td><td>{}</td></tr>\n",
                range(Integer.toString(run.first()), Integer.toString(run.last())),
                run.model(),
                range(Integer.toString(run.from()), Integer.toString(run.to())),
                range(Numbers.parameter(run.lowest()), Numbers.parameter(run.highest())));
    }

    private static String range(String from, String to) {
        return from.equals(to) ? from : from + " to " + to;
    }
}
