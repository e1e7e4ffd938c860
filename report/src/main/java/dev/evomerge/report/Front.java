package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.report.Results.Score;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.Split;
import dev.evomerge.search.Step;
import dev.evomerge.search.multi.Pareto;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The Pareto front of several objectives: a drawing of the first objective against each other one, and a table.
 *
 * <p>Points are links to the table's rows, so that they work without script; with it they select a member in place.
 */
final class Front {

    private static final double LEFT = 66;
    private static final double RIGHT = 24;
    private static final double TOP = 30;
    private static final double HEIGHT = 380;
    private static final double BOTTOM = 48;

    private final List<Measure> measures;
    private final Split split;
    private final List<Member> members;
    private final List<double[]> others;
    private final Optional<String> winner;

    /** @param objectives as measured */
    private record Member(Candidate candidate, double[] objectives) {
        String anchor() {
            return "front-" + candidate.id();
        }
    }

    private Front(ExperimentFacts facts, Results results) {
        this.measures = results.measures();
        if (facts.next() instanceof Step.Finished finished) {
            this.split = facts.spec().splits().contains(Split.SELECTION) ? Split.SELECTION : Split.SEARCH;
            this.members = sorted(finished.front().stream()
                    .map(member -> new Member(
                            member.candidate(),
                            member.objectives().stream()
                                    .mapToDouble(Double::doubleValue)
                                    .toArray())));
            this.winner = Optional.of(finished.winner().id());
            this.others = (split == Split.SEARCH ? results.bred() : finalists(facts))
                    .stream().filter(this::isNoMember).map(Score::objectives).toList();
        } else {
            var bred = results.bred();
            var front = bred.isEmpty()
                    ? List.<Integer>of()
                    : Pareto.fronts(losses(bred)).getFirst();
            this.split = Split.SEARCH;
            this.members = sorted(
                    front.stream().map(bred::get).map(score -> new Member(score.candidate(), score.objectives())));
            this.winner = Optional.empty();
            this.others = bred.stream()
                    .filter(this::isNoMember)
                    .map(Score::objectives)
                    .toList();
        }
    }

    /** Nothing with one objective, or before there is a front. */
    static Html section(ExperimentFacts facts, Results results) {
        if (facts.spec().objectives().size() < 2) {
            return Html.NOTHING;
        }
        var front = new Front(facts, results);
        return front.members.isEmpty()
                ? html("<p class=\"empty\">No candidate has been scored yet.</p>\n")
                : front.section();
    }

    private static List<Score> finalists(ExperimentFacts facts) {
        return facts.history().stream()
                .filter(evaluated -> evaluated.batch().kind() == Batch.Kind.FINALISTS)
                .flatMap(evaluated -> Results.scores(evaluated, Split.SELECTION).stream())
                .toList();
    }

    private List<Member> sorted(Stream<Member> unsorted) {
        return unsorted.sorted(Comparator.comparing(
                        (Member member) -> member.objectives()[0],
                        measures.getFirst().order()))
                .toList();
    }

    private boolean isNoMember(Score score) {
        return members.stream()
                .noneMatch(member ->
                        member.candidate().id().equals(score.candidate().id()));
    }

    private double[][] losses(List<Score> scores) {
        return scores.stream()
                .map(score -> IntStream.range(0, measures.size())
                        .mapToDouble(i -> measures.get(i).goal() == Goal.MAXIMIZE
                                ? -score.objectives()[i]
                                : score.objectives()[i])
                        .toArray())
                .toArray(double[][]::new);
    }

    private Html section() {
        return html(
                """
                <p>On the {} questions the front has {}: none of them is bettered in one objective without loss in another. \
                Choose a point, or a line of the table, to see its recipe.</p>
                <div id="front-view">
                {}</div>
                {}
                <div id="front-selected" role="status" aria-live="polite"></div>
                """,
                split.key(),
                Numbers.count(members.size(), "candidate"),
                IntStream.range(1, measures.size()).mapToObj(this::figure).toList(),
                table());
    }

    private Html figure(int other) {
        Measure across = measures.getFirst();
        Measure up = measures.get(other);
        String title = Words.capital(up.name()) + " against " + across.name();
        return html(
                """
                <figure>
                {}<figcaption>{}: filled points are the front, hollow ones {}. {}</figcaption>
                </figure>
                """,
                Figure.interactive(
                        "front-" + other,
                        HEIGHT,
                        title,
                        "Each point is a link to its line in the table below; arrow keys go from point to point.",
                        drawing(other)),
                title,
                split == Split.SELECTION ? "other finalists and baselines" : "the other candidates",
                directions(across, up));
    }

    private static String directions(Measure across, Measure up) {
        return "Better is " + (across.goal() == Goal.MAXIMIZE ? "right" : "left") + " and "
                + (up.goal() == Goal.MAXIMIZE ? "up" : "down") + ".";
    }

    private Html drawing(int other) {
        Axis x = axis(0, LEFT, Figure.WIDTH - RIGHT);
        Axis y = axis(other, HEIGHT - BOTTOM, TOP);
        return Html.of(
                grid(x, y, other),
                others.stream()
                        .map(scores -> Figure.dot("hollow", x.at(scores[0]), y.at(scores[other]), 3))
                        .collect(joined()),
                measures.size() == 2 ? stairs(x, y) : Html.NOTHING,
                members.stream().map(member -> point(member, x, y, other)).collect(joined()));
    }

    private Axis axis(int objective, double from, double to) {
        var shown = DoubleStream.concat(
                        members.stream().mapToDouble(member -> member.objectives()[objective]),
                        others.stream().mapToDouble(scores -> scores[objective]))
                .summaryStatistics();
        return Axis.covering(shown.getMin(), shown.getMax(), 6, from, to);
    }

    private Html grid(Axis x, Axis y, int other) {
        Measure across = measures.getFirst();
        Measure up = measures.get(other);
        var pieces = new ArrayList<Html>();
        for (double tick : y.ticks()) {
            pieces.add(Figure.line("grid", x.from(), y.at(tick), x.to(), y.at(tick)));
            pieces.add(Figure.text("tick end", x.from() - 10, y.at(tick) + 4, up.tick(tick, y.step())));
        }
        for (double tick : x.ticks()) {
            pieces.add(Figure.line("grid", x.at(tick), y.from(), x.at(tick), y.to()));
            pieces.add(Figure.text("tick middle", x.at(tick), y.from() + 20, across.tick(tick, x.step())));
        }
        pieces.add(Figure.text("axis", 0, TOP - 14, up.name()));
        pieces.add(Figure.text("axis middle", (x.from() + x.to()) / 2, HEIGHT - 6, across.name()));
        return pieces.stream().collect(joined());
    }

    /** What the front dominates lies on one side of the stairs. */
    private Html stairs(Axis x, Axis y) {
        var path = new StringBuilder();
        for (Member member : members) {
            String px = Numbers.px(x.at(member.objectives()[0]));
            String py = Numbers.px(y.at(member.objectives()[1]));
            path.append(path.isEmpty() ? "M" + px + " " + py : "H" + px + "V" + py);
        }
        return html("<path class=\"stairs\" d=\"{}\"/>\n", path);
    }

    private Html point(Member member, Axis x, Axis y, int other) {
        return html(
                """
                <a class="member{}" href="#{}" data-member="{}" aria-label="{}">{}{}</a>
                """,
                isWinner(member) ? " chosen" : "",
                member.anchor(),
                member.candidate().id(),
                member.candidate().id() + ": " + scores(member),
                Figure.dot("target", x.at(member.objectives()[0]), y.at(member.objectives()[other]), 14),
                Figure.dot("point", x.at(member.objectives()[0]), y.at(member.objectives()[other]), 6));
    }

    private boolean isWinner(Member member) {
        return winner.filter(member.candidate().id()::equals).isPresent();
    }

    private String scores(Member member) {
        return IntStream.range(0, measures.size())
                .mapToObj(i -> measures.get(i).name() + " " + measures.get(i).value(member.objectives()[i]))
                .collect(Collectors.joining(", "));
    }

    private Html table() {
        return html(
                """
                <div class="scroll" tabindex="0" role="region" aria-label="The Pareto front, as a table"><table id="front-table" class="numbers">
                <caption>The Pareto front on the {} questions, best {} first{}.</caption>
                <thead><tr><th scope="col" class="text">Candidate</th>{}<th scope="col" class="text">Recipe</th></tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                """,
                split.key(),
                measures.getFirst().name(),
                winner.isPresent() ? "; the winner is the one nearest to the best of each objective" : "",
                measures.stream()
                        .map(measure ->
                                html("<th scope=\"col\">{}{}</th>", measure.name(), measure.percent() ? ", %" : ""))
                        .collect(joined()),
                members.stream().map(this::row).toList());
    }

    private Html row(Member member) {
        return html(
                """
                <tr id="{}" data-member="{}"{}><th scope="row" class="text"><code>{}</code>{}</th>{}\
                <td class="text"><details><summary>Recipe<span class="unseen"> of {}</span></summary><pre>{}</pre></details></td></tr>
                """,
                member.anchor(),
                member.candidate().id(),
                new Html(isWinner(member) ? " class=\"winner\"" : ""),
                member.candidate().id(),
                isWinner(member) ? " winner" : "",
                IntStream.range(0, measures.size())
                        .mapToObj(i -> html("<td>{}</td>", measures.get(i).number(member.objectives()[i])))
                        .collect(joined()),
                member.candidate().id(),
                RecipeFormat.toYaml(member.candidate().recipe()));
    }
}
