package dev.evomerge.examples.results;

import java.util.Locale;

/** A picture of scores over two weights, as SVG: light is low, dark is high, the best cell has a frame. */
final class Heatmap {

    private static final int CELL = 36;
    private static final int MARGIN = 64;
    private static final String LIGHT_TEXT = "#ffffff";
    private static final String DARK_TEXT = "#1f2933";

    private Heatmap() {}

    /**
     * Draws a grid.
     *
     * @param rows    what the numbers of the rows are
     * @param columns what the numbers of the columns are
     * @param weights the numbers, the same for both
     * @param percent scores from 0 to 100, row by row
     */
    static String svg(String rows, String columns, double[] weights, double[][] percent) {
        int size = MARGIN + weights.length * CELL + 16;
        var svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='11' "
                        + "text-anchor='middle' role='img' aria-label='Scores over %s and %s'>%n"
                        + "<rect width='100%%' height='100%%' fill='#ffffff'/>%n",
                size,
                size,
                rows,
                columns));
        text(svg, MARGIN + weights.length * CELL / 2.0, 18, DARK_TEXT, columns + " →");
        svg.append(String.format(Locale.ROOT, "<g transform='translate(16 %d) rotate(-90)'>", size / 2));
        text(svg, 0, 0, DARK_TEXT, rows + " →");
        svg.append("</g>\n");
        double best = best(percent);
        for (int row = 0; row < weights.length; row++) {
            double y = MARGIN + (weights.length - 1 - row) * CELL;
            String weight = String.format(Locale.ROOT, "%.3f", weights[row]);
            text(svg, MARGIN - 18, y + 22, DARK_TEXT, weight);
            text(svg, MARGIN + row * CELL + CELL / 2.0, MARGIN - 10, DARK_TEXT, weight);
            for (int column = 0; column < weights.length; column++) {
                cell(svg, MARGIN + column * CELL, y, percent[row][column], percent[row][column] == best);
            }
        }
        return svg.append("</svg>\n").toString();
    }

    private static double best(double[][] percent) {
        double best = 0;
        for (double[] row : percent) {
            for (double score : row) {
                best = Math.max(best, score);
            }
        }
        return best;
    }

    private static void cell(StringBuilder svg, double x, double y, double percent, boolean best) {
        double share = percent / 100;
        svg.append(String.format(
                Locale.ROOT,
                "<rect x='%.1f' y='%.1f' width='%d' height='%d' fill='rgb(%.0f %.0f %.0f)'%s/>%n",
                x + 0.5,
                y + 0.5,
                CELL - 1,
                CELL - 1,
                244 - 236 * share,
                246 - 184 * share,
                250 - 128 * share,
                best ? " stroke='#d9480f' stroke-width='2.5'" : ""));
        text(
                svg,
                x + CELL / 2.0,
                y + 22,
                percent > 45 ? LIGHT_TEXT : DARK_TEXT,
                String.format(Locale.ROOT, "%.0f", percent));
    }

    private static void text(StringBuilder svg, double x, double y, String fill, String content) {
        svg.append(String.format(Locale.ROOT, "<text x='%.1f' y='%.1f' fill='%s'>%s</text>%n", x, y, fill, content));
    }
}
