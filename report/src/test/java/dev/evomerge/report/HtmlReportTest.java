package dev.evomerge.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.evomerge.recipe.MergeMethod;
import dev.evomerge.search.BatchRecord;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Space;
import dev.evomerge.search.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HtmlReportTest {

    private static final String HOSTILE = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{}";

    /** Every kind of experiment, at every kind of moment. */
    static Stream<ExperimentFacts> moments() {
        return Stream.of(Experiments.weights(), Experiments.twoObjectives(), Experiments.twoStages())
                .flatMap(spec -> Stream.of(0, 1, 2, 9, 1000).map(batches -> Experiments.after(spec, batches)));
    }

    @ParameterizedTest
    @MethodSource("moments")
    void everyPageHoldsTogether(ExperimentFacts facts) {
        String page = HtmlReport.render(facts);

        List<String> ids = found(page, " id=\"([^\"]*)\"");
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids).containsAll(found(page, " href=\"#([^\"]*)\""));
        assertThat(ids)
                .containsAll(found(page, " aria-labelledby=\"([^\"]*)\"").stream()
                        .flatMap(list -> Stream.of(list.split(" ")))
                        .toList());
        assertThat(found(page, "(<table)")).hasSameSizeAs(found(page, "(<caption>)"));
        assertThat(found(page, "<th (?!scope|class=\"bar\")([^>]*)")).isEmpty();
        assertThat(found(page, "(NaN|Infinity|null|Optional)")).isEmpty();
        assertThat(found(page, "((?:src|href)=\"(?!#|data:,)[^\"]*\"|url\\(|@import)"))
                .isEmpty();
        for (String tag : List.of("section", "figure", "table", "tr", "svg", "g", "a", "details", "div", "dl", "pre")) {
            assertThat(found(page, "(<" + tag + "[ >])")).as(tag).hasSameSizeAs(found(page, "(</" + tag + ">)"));
        }
    }

    @Test
    void aFinishedExperimentSaysWhoWonByHowMuch() {
        ExperimentFacts facts = Experiments.finished(Experiments.weights());
        var finished = (Step.Finished) facts.next();
        var winner = finished.table().getFirst();
        var against = finished.versus().getFirst();

        String page = HtmlReport.render(facts);

        assertThat(page)
                .contains("<strong class=\"finished\">Finished</strong>")
                .contains("<dd class=\"value\">" + percent(winner.test().orElseThrow()) + "<span class=\"unit\">")
                .contains(percent(winner.interval().orElseThrow().low()) + " to "
                        + percent(winner.interval().orElseThrow().high()) + "\u202f%")
                .contains("+" + percent(against.difference()) + "<span class=\"unit\"> points</span>")
                .contains("on 400 test questions")
                .contains("<tr class=\"winner\"><th scope=\"row\"><code>"
                        + winner.candidate().id())
                .contains("merge_method: dare_ties")
                .contains("kubectl apply --namespace research --filename experiment.yaml");
    }

    @Test
    void aRunningExperimentSaysHowFarItIs() {
        ExperimentFacts facts = Experiments.after(Experiments.weights(), 13);

        String page = HtmlReport.render(facts);

        assertThat(page)
                .contains("<strong class=\"running\">Running</strong>")
                .contains("evaluating batch 13")
                .contains("<progress max=\"288\" value=\"" + new Results(facts).evaluated() + "\"")
                .contains("left at this pace")
                .contains("chosen on them, so optimistic")
                .contains("<h2 id=\"results-heading\">Results so far</h2>");
    }

    @Test
    void aFrontIsDrawnAndListed() {
        ExperimentFacts facts = Experiments.finished(Experiments.twoObjectives());
        var front = ((Step.Finished) facts.next()).front();

        String page = HtmlReport.render(facts);

        assertThat(front).hasSizeGreaterThan(3);
        assertThat(found(page, "<a class=\"member[^\"]*\" href=\"#front-([^\"]*)\""))
                .containsExactlyInAnyOrderElementsOf(
                        front.stream().map(member -> member.candidate().id()).toList());
        assertThat(found(page, "<tr id=\"front-([^\"]*)\"")).hasSize(front.size());
    }

    @Test
    void aPathIsDrawnWithTheMergeThatItPassesThrough() {
        ExperimentFacts facts = Experiments.finished(Experiments.twoStages());

        assertThat(HtmlReport.render(facts))
                .contains("Layer path of the winner")
                .contains("Weight of stages.weights by layer group")
                .contains("Recipe of stages.weights");
    }

    @Test
    void aFailedExperimentSaysWhy() {
        var facts = Experiments.facts(
                "research", "broken", Experiments.small(), List.of(), new Step.Failed("none could be scored"));

        assertThat(HtmlReport.render(facts))
                .contains("<strong class=\"failed\">Failed</strong>")
                .contains("none could be scored")
                .contains("Nothing has been evaluated yet.");
    }

    @Test
    void whatUsersNameStaysText() {
        SearchSpec spec = Experiments.small();
        var hostile = new SearchSpec(
                spec.seed(),
                new TreeMap<>(Map.of(HOSTILE, 32)),
                Optional.of(HOSTILE + "base"),
                List.of(new SearchSpec.Objective(HOSTILE, SearchSpec.Goal.MAXIMIZE)),
                spec.baselines(),
                List.of(new SearchSpec.Stage(
                        HOSTILE,
                        new Space.ParameterSpace(
                                MergeMethod.TASK_ARITHMETIC,
                                List.of(HOSTILE),
                                Optional.of(16),
                                new Space.Bounds(0, 1),
                                new Space.Bounds(0.1, 1),
                                false),
                        spec.stages().getFirst().algorithm(),
                        spec.stages().getFirst().budget())),
                2);
        var simulated = Experiments.finished(hostile);
        var facts = Experiments.facts(HOSTILE, HOSTILE, hostile, simulated.history(), simulated.next());

        String page = HtmlReport.render(facts);

        assertThat(page).contains("&lt;/script&gt;&lt;script&gt;alert(1)");
        assertThat(found(page, "(<script)")).hasSize(1);
        assertThat(found(page, "(<img)")).isEmpty();
        assertThat(found(page, "(=\"[^\"]*<)")).isEmpty();
    }

    @Test
    void theSameFactsGiveTheSamePageWhateverTheLocale() {
        Locale before = Locale.getDefault();
        try {
            String page = HtmlReport.render(Experiments.finished(Experiments.twoObjectives()));
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));

            assertThat(HtmlReport.render(Experiments.finished(Experiments.twoObjectives())))
                    .isEqualTo(page);
        } finally {
            Locale.setDefault(before);
        }
    }

    /** Run with {@code -Devomerge.golden.update=true} to write the page anew; then read the difference. */
    @Test
    void aSmallExperimentGivesTheGoldenPage() throws IOException {
        Path golden = Path.of("src/test/resources/dev/evomerge/report/small.html");
        // Style and script have tests of their own and would drown the rest.
        String page = HtmlReport.render(Experiments.finished(Experiments.small()))
                .replaceAll("(?s)<style>.*?</style>", "<style></style>")
                .replaceAll("(?s)<script>.*?</script>", "<script></script>")
                .replaceAll("sha256-[^']*", "sha256-…");
        if (Boolean.getBoolean("evomerge.golden.update")) {
            Files.writeString(golden, page);
        }

        assertThat(page).isEqualTo(Files.readString(golden));
    }

    @Test
    void refusesARecordOfAnotherLength() {
        var facts = Experiments.after(Experiments.small(), 1);
        var batch = facts.history().getFirst();
        var cut = new BatchRecord(0, batch.record().evaluations().subList(0, 2));

        assertThatThrownBy(() -> Experiments.facts(
                        "research",
                        "short",
                        facts.spec(),
                        List.of(new ExperimentFacts.EvaluatedBatch(batch.batch(), cut, batch.cost())),
                        facts.next()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch 0 of short has " + batch.batch().candidates().size()
                        + " candidates, but its record holds 2");
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }

    /** What the group of a pattern matches outside of style and script. */
    private static List<String> found(String page, String pattern) {
        String markup = page.replaceAll("(?s)(<style>).*?(</style>)", "$1$2")
                .replaceAll("(?s)(<script>).*?(</script>)", "$1$2");
        return Pattern.compile(pattern)
                .matcher(markup)
                .results()
                .map(result -> result.group(1))
                .toList();
    }
}
