package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.report.Results.Score;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step.Comparison;
import dev.evomerge.search.Step.Finished;
import dev.evomerge.search.Step.Interval;
import dev.evomerge.search.Step.Standing;
import dev.evomerge.search.stats.Intervals;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Baselines, finalists and winner side by side, with their intervals drawn. */
final class Standings {

    private static final double BAR_WIDTH = 240;
    private static final double BAR_HEIGHT = 22;
    private static final double MARGIN = 20;

    /** How many of the search's best a running experiment shows. */
    private static final int BEST = 5;

    private final ExperimentFacts facts;
    private final Results results;
    private final Measure measure;
    private final Split shown;

    private Standings(ExperimentFacts facts, Results results) {
        this.facts = facts;
        this.results = results;
        this.measure = results.measure();
        this.shown = facts.next() instanceof Finished finished ? reported(finished) : Split.SEARCH;
    }

    static Html section(ExperimentFacts facts, Results results) {
        var standings = new Standings(facts, results);
        return facts.next() instanceof Finished finished
                ? Html.of(standings.table(standings.finalRows(finished), ""), standings.versus(finished))
                : standings.runningTable();
    }

    /** The line of a candidate. */
    static Standing of(Finished finished, String candidate) {
        return finished.table().stream()
                .filter(standing -> standing.candidate().id().equals(candidate))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the final table has no line for " + candidate));
    }

    /** The question set that the result is reported on, the most honest that the winner was asked: test, else selection, else search. */
    static Split reported(Finished finished) {
        Standing winner = of(finished, finished.winner().id());
        return winner.test().isPresent() ? Split.TEST : winner.selection().isPresent() ? Split.SELECTION : Split.SEARCH;
    }

    /** A candidate's score on one question set. */
    static Optional<Double> on(Standing standing, Split split) {
        return switch (split) {
            case SEARCH -> standing.search();
            case SELECTION -> standing.selection();
            case TEST -> standing.test();
        };
    }

    /** A line as it is shown. */
    private record Row(Standing standing, String kind, boolean winner) {}

    private List<Row> finalRows(Finished finished) {
        return finished.table().stream()
                .map(standing -> {
                    boolean winner =
                            standing.candidate().id().equals(finished.winner().id());
                    var kind = CandidateKind.of(standing.candidate().id());
                    return new Row(
                            standing,
                            winner ? "winner" : kind == CandidateKind.BRED ? "finalist" : kind.word(),
                            winner);
                })
                .toList();
    }

    private Html runningTable() {
        var bred = results.bred();
        var best = bred.reversed().stream().sorted(results.byObjective(0)).limit(BEST);
        var rows = Stream.concat(best, results.comparisons().values().stream().filter(Standings::isNoRandom))
                .sorted(results.byObjective(0))
                .map(score -> row(score, bred.size()))
                .toList();
        return rows.isEmpty()
                ? html("<p class=\"empty\">Nothing has been evaluated yet.</p>\n")
                : table(
                        rows,
                        bred.isEmpty()
                                ? ""
                                : " Intervals of the search's candidates allow for their being the best of "
                                        + Numbers.grouped(bred.size()) + ".");
    }

    private static boolean isNoRandom(Score score) {
        return CandidateKind.of(score.candidate().id()) != CandidateKind.RANDOM;
    }

    private static Row row(Score score, int among) {
        var kind = CandidateKind.of(score.candidate().id());
        var interval = Intervals.ofBest(score.items(), kind == CandidateKind.BRED ? among : 1);
        return new Row(
                new Standing(
                        score.candidate(),
                        Optional.of(score.objectives()[0]),
                        Optional.empty(),
                        Optional.empty(),
                        interval),
                kind.word(),
                false);
    }

    /** The columns that hold something. */
    private List<Split> splits(List<Row> rows) {
        return Stream.of(Split.values())
                .filter(split ->
                        rows.stream().anyMatch(row -> on(row.standing(), split).isPresent()))
                .toList();
    }

    private Html table(List<Row> rows, String note) {
        var splits = splits(rows);
        Axis axis = axis(rows);
        return html(
                """
                <div class="scroll" tabindex="0" role="region" aria-label="Results"><table class="standings">
                <caption>{}{}</caption>
                <thead><tr><th scope="col">Candidate</th><th scope="col">Kind</th>{}<th scope="col" class="number">95{}% interval</th>\
                <th class="bar" aria-hidden="true">{}</th></tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                """,
                caption(),
                note,
                splits.stream()
                        .map(split -> html(
                                "<th scope=\"col\" class=\"number\">{}{}</th>",
                                Words.capital(split.key()),
                                questions(split)))
                        .collect(joined()),
                Numbers.NARROW_SPACE,
                axisBar(axis),
                rows.stream().map(row -> row(row, splits, axis)).toList());
    }

    private String caption() {
        String scale = Words.capital(measure.name()) + (measure.percent() ? " in percent" : "");
        if (!(facts.next() instanceof Finished)) {
            return scale + " on the search questions, best first.";
        }
        String chosen = facts.spec().splits().contains(Split.SELECTION) ? "selection" : "search";
        String choice = facts.spec().objectives().size() == 1
                ? ", by which the winner was chosen"
                : "; the winner was chosen from the Pareto front, by all objectives";
        String bars =
                switch (shown) {
                    case TEST -> "test scores, on which nothing was chosen";
                    case SELECTION -> "selection scores, the finalists' intervals widened for the choice among them";
                    case SEARCH -> "search scores";
                };
        return scale + ", in the order of the " + chosen + " score" + choice + ". Bars: " + bars + ".";
    }

    private Html questions(Split split) {
        Integer number = facts.questions().get(split);
        return number == null
                ? Html.NOTHING
                : html(" <small>n{}={}{}</small>", Numbers.NARROW_SPACE, Numbers.NARROW_SPACE, Numbers.grouped(number));
    }

    private Html row(Row row, List<Split> splits, Axis axis) {
        Standing standing = row.standing();
        return html(
                """
                <tr{}><th scope="row"><code>{}</code></th><td>{}</td>{}<td class="number">{}</td><td class="bar" aria-hidden="true">{}</td></tr>
                """,
                new Html(row.winner() ? " class=\"winner\"" : ""),
                standing.candidate().id(),
                row.kind(),
                splits.stream()
                        .map(split -> html(
                                "<td class=\"number\">{}</td>",
                                on(standing, split).map(measure::number).orElse("–")))
                        .collect(joined()),
                standing.interval()
                        .map(interval -> measure.number(interval.low()) + " to " + measure.number(interval.high()))
                        .orElse("–"),
                bar(standing, axis));
    }

    private Axis axis(List<Row> rows) {
        var values = rows.stream()
                .flatMap(row -> Stream.concat(
                        on(row.standing(), shown).stream(),
                        row.standing().interval().stream()
                                .flatMap(interval -> Stream.of(interval.low(), interval.high()))))
                .mapToDouble(Double::doubleValue)
                .summaryStatistics();
        double low = measure.percent() ? 0 : values.getMin();
        return values.getCount() == 0
                ? new Axis(0, 1, 0.25, MARGIN, BAR_WIDTH - MARGIN)
                : Axis.covering(low, values.getMax(), 4, MARGIN, BAR_WIDTH - MARGIN);
    }

    private Html axisBar(Axis axis) {
        return strip(axis.ticks().stream()
                .map(tick -> Figure.text("tick middle", axis.at(tick), 14, measure.tick(tick, axis.step())))
                .collect(joined()));
    }

    private Html bar(Standing standing, Axis axis) {
        var pieces = new ArrayList<Html>();
        axis.ticks().forEach(tick -> pieces.add(Figure.line("grid", axis.at(tick), 0, axis.at(tick), BAR_HEIGHT)));
        double middle = BAR_HEIGHT / 2;
        standing.interval()
                .ifPresent(interval -> pieces.add(
                        Figure.line("interval", axis.at(interval.low()), middle, axis.at(interval.high()), middle)));
        on(standing, shown).ifPresent(score -> pieces.add(Figure.dot("point", axis.at(score), middle, 4)));
        return strip(pieces.stream().collect(joined()));
    }

    private static Html strip(Html drawing) {
        return html(
                "<svg viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\">{}</svg>",
                Numbers.px(BAR_WIDTH),
                Numbers.px(BAR_HEIGHT),
                Numbers.px(BAR_WIDTH),
                Numbers.px(BAR_HEIGHT),
                drawing);
    }

    private Html versus(Finished finished) {
        if (finished.versus().isEmpty()) {
            return Html.NOTHING;
        }
        return html(
                """
                <div class="scroll" tabindex="0" role="region" aria-label="The winner against others"><table class="numbers">
                <caption>The winner against others on the same test questions{}. The test is McNemar's exact one where answers are right or wrong, \
                else by sign flips; two-sided.</caption>
                <thead><tr><th scope="col" class="text">Against</th><th scope="col">Difference</th><th scope="col">95{}% interval</th>\
                <th scope="col">p</th></tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                """,
                measure.percent() ? ", in percentage points" : "",
                Numbers.NARROW_SPACE,
                finished.versus().stream().map(this::versusRow).toList());
    }

    private Html versusRow(Comparison comparison) {
        Interval interval = comparison.interval();
        return html(
                """
                <tr><th scope="row" class="text"><code>{}</code></th><td>{}</td><td>{} to {}</td><td>{}</td></tr>
                """,
                comparison.against(),
                measure.difference(comparison.difference()),
                measure.difference(interval.low()),
                measure.difference(interval.high()),
                comparison.pValue() < 0.001 ? "< 0.001" : Numbers.fixed(comparison.pValue(), 3));
    }
}
