package dev.evomerge.report;

import static dev.evomerge.report.Html.html;

import dev.evomerge.search.Step;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * One experiment as one HTML page: style, script and drawings inside, nothing fetched. A policy in the page itself
 * (Content-Security-Policy) forbids every request, and every script and style but its own, by digest.
 */
public final class HtmlReport {

    private static final String STYLE = resource("report.css");
    private static final String SCRIPT = resource("report.js");
    private static final String POLICY = "default-src 'none'; style-src '" + digest(STYLE) + "'; script-src '"
            + digest(SCRIPT) + "'; img-src data:; base-uri 'none'; form-action 'none'";

    private final ExperimentFacts facts;
    private final Results results;
    private final Optional<Composition> composition;

    /** A part of the page with a heading of its own; left out while it has nothing to say. */
    private record Section(String id, String title, Html body) {}

    private HtmlReport(ExperimentFacts facts) {
        this.facts = facts;
        this.results = new Results(facts);
        this.composition = Composition.of(facts, results);
    }

    /**
     * The report: complete HTML, UTF-8 when stored. The same facts give the same text.
     *
     * @throws IllegalArgumentException if the final step's winner is not in its table
     */
    public static String render(ExperimentFacts facts) {
        return new HtmlReport(facts).page().markup();
    }

    private Html page() {
        var sections = sections();
        return html(
                """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta http-equiv="Content-Security-Policy" content="{}">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <meta name="generator" content="evomerge">
                <title>{} · evomerge report</title>
                <link rel="icon" href="data:,">
                <style>{}</style>
                </head>
                <body>
                <a class="skip" href="#content">Skip to the results</a>
                {}
                <nav aria-label="Sections"><ul>
                {}</ul></nav>
                <main id="content" tabindex="-1">
                {}</main>
                {}
                <script>{}</script>
                </body>
                </html>
                """,
                new Html(POLICY),
                facts.name(),
                new Html(STYLE),
                header(),
                sections.stream()
                        .map(section -> html("<li><a href=\"#{}\">{}</a></li>\n", section.id(), section.title()))
                        .toList(),
                sections.stream().map(HtmlReport::section).toList(),
                footer(),
                new Html(SCRIPT));
    }

    private List<Section> sections() {
        boolean over = facts.next() instanceof Step.Finished;
        var sections = new ArrayList<Section>();
        sections.add(new Section("results", over ? "Results" : "Results so far", Standings.section(facts, results)));
        sections.add(new Section("progress", "Progress", Progress.section(results)));
        composition.ifPresent(merge -> sections.add(
                new Section("composition", over ? "The winner" : "The best so far", merge.pictures(facts))));
        sections.add(new Section("front", "Pareto front", Front.section(facts, results)));
        sections.add(new Section("failures", "Failures", Failures.section(facts, results)));
        sections.add(new Section("cost", "Cost", Costs.section(facts)));
        sections.add(new Section("setup", "Set-up", Setup.section(facts)));
        sections.add(new Section("reproduce", "Reproduce", Reproduction.section(facts, composition)));
        sections.removeIf(section -> section.body().equals(Html.NOTHING));
        return sections;
    }

    private static Html section(Section section) {
        return html("""
                <section id="{}" aria-labelledby="{}-heading">
                <h2 id="{}-heading">{}</h2>
                {}</section>
                """, section.id(), section.id(), section.id(), section.title(), section.body());
    }

    private Html header() {
        return html(
                """
                <header>
                <p class="eyebrow">Merge experiment <span>{}</span></p>
                <h1>{}</h1>
                <p class="lede">{}</p>
                {}{}{}</header>
                """,
                facts.namespace(),
                facts.name(),
                Setup.sentence(facts.spec()),
                state(),
                facts.notice().map(notice -> html("<p class=\"notice\">{}</p>\n", notice)),
                Headline.section(facts, results));
    }

    private Html state() {
        return switch (facts.next()) {
            case Step.Finished finished
            when facts.output().isPresent() ->
                Html.of(
                        status("finished", "Finished", "in all", finished.stop()),
                        output(facts.output().get()));
            case Step.Finished finished -> status("running", "Exporting", "so far", finished.stop());
            case Step.Evaluate(var batch) ->
                status("running", "Running", "so far", "evaluating batch " + batch.number());
            case Step.Failed(String message) -> status("failed", "Failed", "in all", message);
        };
    }

    private Html status(String style, String word, String until, String detail) {
        var timing = facts.timing();
        return html(
                """
                <p class="status"><strong class="{}">{}</strong> {}{}.</p>
                """,
                style,
                word,
                timing.started()
                        .map(start -> html(
                                "started {}, {} {}; ",
                                Numbers.time(start),
                                TimeSpan.text(timing.elapsed().orElseThrow()),
                                until)),
                detail);
    }

    private static Html output(ExperimentFacts.Output model) {
        return html("""
                <p class="output">Model: <code>{}</code> <span class="digest">SHA-256 <code>{}</code></span></p>
                """, model.uri(), model.sha256());
    }

    private Html footer() {
        return html("""
                <footer>
                <p>Made by evomerge from the experiment's history as of {}. Intervals hold with 95{}% confidence: Wilson's for right-or-wrong \
                questions, else the normal one.</p>
                </footer>
                """, Numbers.time(facts.timing().asOf()), Numbers.NARROW_SPACE);
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " from the jar", e);
        }
    }

    private static String digest(String text) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(sha256);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
