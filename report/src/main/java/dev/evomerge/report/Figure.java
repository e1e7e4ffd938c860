package dev.evomerge.report;

import static dev.evomerge.report.Html.html;

/** Parts that drawings share. */
final class Figure {

    /** How wide drawings are, in their own pixels; the page scales them. */
    static final int WIDTH = 880;

    private Figure() {}

    /**
     * A drawing that a screen reader takes as one image.
     *
     * @param id    unique in the page
     * @param title what it shows
     * @param desc  what there is to see in it
     */
    static Html image(String id, double height, String title, String desc, Html drawing) {
        return svg(id, "img", height, title, desc, drawing);
    }

    /** A drawing whose parts can be reached one by one. */
    static Html interactive(String id, double height, String title, String desc, Html drawing) {
        return svg(id, "group", height, title, desc, drawing);
    }

    private static Html svg(String id, String role, double height, String title, String desc, Html drawing) {
        return html("""
                <div class="scroll"><svg class="drawing" role="{}" aria-labelledby="{}-title {}-desc" viewBox="0 0 {} {}">
                <title id="{}-title">{}</title><desc id="{}-desc">{}</desc>
                {}</svg></div>
                """, role, id, id, WIDTH, Numbers.px(height), id, title, id, desc, drawing);
    }

    static Html line(String style, double x1, double y1, double x2, double y2) {
        return html(
                "<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n",
                style,
                Numbers.px(x1),
                Numbers.px(y1),
                Numbers.px(x2),
                Numbers.px(y2));
    }

    static Html text(String style, double x, double y, Object text) {
        return html("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, Numbers.px(x), Numbers.px(y), text);
    }

    static Html dot(String style, double x, double y, double radius) {
        return html(
                "<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n",
                style,
                Numbers.px(x),
                Numbers.px(y),
                Numbers.px(radius));
    }

    static Html rectangle(String style, double x, double y, double width, double height) {
        return html(
                "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                style,
                Numbers.px(x),
                Numbers.px(y),
                Numbers.px(width),
                Numbers.px(height));
    }

    /** A path through points: {@code M x y L x y …}. */
    static String through(double[] xs, double[] ys) {
        var path = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            path.append(i == 0 ? "M" : "L")
                    .append(Numbers.px(xs[i]))
                    .append(' ')
                    .append(Numbers.px(ys[i]));
        }
        return path.toString();
    }
}
