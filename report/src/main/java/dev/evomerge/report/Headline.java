package dev.evomerge.report;

import static dev.evomerge.report.Html.html;

import dev.evomerge.report.Results.Score;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import dev.evomerge.search.Step.Finished;
import dev.evomerge.search.Step.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The answer in three numbers: the winner, what it must beat, and by how much; or, while the search runs, how far it is. */
final class Headline {

    private final ExperimentFacts facts;
    private final Results results;
    private final Measure measure;

    private Headline(ExperimentFacts facts, Results results) {
        this.facts = facts;
        this.results = results;
        this.measure = results.measure();
    }

    static Html section(ExperimentFacts facts, Results results) {
        var headline = new Headline(facts, results);
        List<Html> figures =
                switch (facts.next()) {
                    case Finished finished -> headline.finished(finished);
                    case Step.Evaluate _ -> headline.running();
                    case Step.Failed _ -> List.of();
                };
        return figures.isEmpty() ? Html.NOTHING : html("<dl class=\"headline\">\n{}</dl>\n", figures);
    }

    private List<Html> finished(Finished finished) {
        Standing winner = Standings.of(finished, finished.winner().id());
        Split split = Standings.reported(finished);
        var figures = new ArrayList<Html>();
        figures.add(figure(
                "main",
                "Winner, " + measure.name(),
                big(Standings.on(winner, split).orElseThrow()),
                Html.of(
                        winner.interval()
                                .map(interval ->
                                        html("95{}% interval {}, ", Numbers.NARROW_SPACE, measure.interval(interval)))
                                .orElse(Html.NOTHING),
                        html("on {}", questions(split)))));
        bestSource(finished, split)
                .ifPresent(source -> figures.add(figure(
                        "",
                        "Best source",
                        big(Standings.on(source, split).orElseThrow()),
                        Html.of(
                                html("{}", source.candidate().id().substring("source-".length())),
                                source.interval()
                                        .map(interval -> html(", {}", measure.interval(interval)))
                                        .orElse(Html.NOTHING)))));
        bestSource(finished, split).ifPresent(source -> figures.add(gain(finished, winner, source, split)));
        return figures;
    }

    private Html gain(Finished finished, Standing winner, Standing source, Split split) {
        var compared = finished.versus().stream()
                .filter(comparison ->
                        comparison.against().equals(source.candidate().id()))
                .findFirst();
        double difference = compared.map(Step.Comparison::difference)
                .orElseGet(() -> Standings.on(winner, split).orElseThrow()
                        - Standings.on(source, split).orElseThrow());
        return figure(
                "",
                "Difference",
                html("{}<span class=\"unit\">{}</span>", measure.difference(difference), measure.differenceUnit()),
                compared.map(comparison -> html(
                                "95{}% interval {} to {}, {}",
                                Numbers.NARROW_SPACE,
                                measure.difference(comparison.interval().low()),
                                measure.difference(comparison.interval().high()),
                                Numbers.pValue(comparison.pValue())))
                        .orElse(html("not tested question by question")));
    }

    private Optional<Standing> bestSource(Finished finished, Split split) {
        return finished.table().stream()
                .filter(standing -> CandidateKind.of(standing.candidate().id()) == CandidateKind.SOURCE)
                .filter(standing -> Standings.on(standing, split).isPresent())
                .min((a, b) -> measure.order()
                        .compare(
                                Standings.on(a, split).orElseThrow(),
                                Standings.on(b, split).orElseThrow()));
    }

    private List<Html> running() {
        var figures = new ArrayList<Html>();
        results.best()
                .ifPresent(best -> figures.add(figure(
                        "main",
                        "Best so far, " + measure.name(),
                        big(best.objectives()[0]),
                        html(
                                "{}, on {}; chosen on them, so optimistic",
                                best.candidate().id(),
                                asked(best)))));
        results.bestSource(0)
                .ifPresent(source -> figures.add(
                        figure("", "Best source", big(source.objectives()[0]), html("{}", sourceName(source)))));
        figures.add(progress());
        return figures;
    }

    private Html progress() {
        int done = results.evaluated();
        OptionalLong budget = results.budget();
        if (budget.isEmpty() || budget.getAsLong() == 0) {
            return figure(
                    "",
                    "Evaluated",
                    html("{}", Numbers.grouped(done)),
                    html("candidates in {}", Numbers.count(results.generations().size(), "generation")));
        }
        return figure(
                "",
                "Evaluated",
                html(
                        "{}<span class=\"unit\"> of {}</span>",
                        Numbers.grouped(done),
                        Numbers.grouped(budget.getAsLong())),
                html(
                        "<progress max=\"{}\" value=\"{}\" aria-label=\"candidates evaluated\"></progress>{}",
                        budget.getAsLong(),
                        Math.min(done, budget.getAsLong()),
                        timeLeft(budget.getAsLong() - done).map(left -> html("about {} left at this pace", left))));
    }

    /** At the mean pace so far, comparisons included. */
    private Optional<String> timeLeft(long candidates) {
        long evaluated = facts.history().stream()
                .mapToLong(batch -> batch.batch().candidates().size())
                .sum();
        return results.generations().isEmpty() || candidates <= 0
                ? Optional.empty()
                : facts.timing()
                        .elapsed()
                        .map(elapsed ->
                                TimeSpan.text(Duration.ofSeconds(elapsed.toSeconds() * candidates / evaluated)));
    }

    private Html big(double value) {
        return html("{}<span class=\"unit\">{}</span>", measure.number(value), measure.unit());
    }

    /** "300 search questions", or "25 of 300 search questions". */
    private String asked(Score score) {
        int asked = score.asked();
        return (asked > 0 && asked < score.items().length ? Numbers.grouped(asked) + " of " : "")
                + questions(Split.SEARCH);
    }

    /** "300 test questions". */
    private String questions(Split split) {
        Integer number = facts.questions().get(split);
        return (number == null ? "the " : Numbers.grouped(number) + " ") + split.key() + " questions";
    }

    private static String sourceName(Score source) {
        return source.candidate().id().substring("source-".length());
    }

    private static Html figure(String style, String term, Html value, Html note) {
        return html("""
                <div class="{}"><dt>{}</dt><dd class="value">{}</dd><dd class="note">{}</dd></div>
                """, style, term, value, note);
    }
}
