package dev.evomerge.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in a real browser. Pictures of it stay in {@code target/report}. */
class BrowserIT {

    private static final Path PICTURES = Path.of("target/report").toAbsolutePath();
    private static final int WIDTH = 1024;

    /** Text whose contrast with what lies behind it is below 4.5 (WCAG 2.2, 1.4.3), large text below 3; ours has plain backgrounds. */
    private static final String FAINT = """
            (() => {
              const rgb = (css) => css.match(/[\\d.]+/g).map(Number);
              const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
              const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
              const behind = (node) => {
                const cell = node.closest("g")?.querySelector("rect");
                if (cell) return getComputedStyle(cell).fill;
                for (let at = node; at; at = at.parentElement) {
                  const colour = getComputedStyle(at).backgroundColor;
                  if (rgb(colour)[3] !== 0) return colour;
                }
              };
              const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const faint = new Set();
              while (walk.nextNode()) {
                const node = walk.currentNode.parentElement;
                if (!walk.currentNode.data.trim() || node.closest("script, title, desc, .skip")) continue;
                const style = getComputedStyle(node);
                const [a, b] = [luminance(rgb(node.closest("svg") ? style.fill : style.color)), luminance(rgb(behind(node)))];
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) faint.add(`${ratio.toFixed(2)} ${walk.currentNode.data.trim()}`);
              }
              return [...faint];
            })()
            """;

    private static final String FOCUSED =
            "(document.activeElement.getAttribute('href') ?? document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)";

    @TempDir
    static Path folder;

    private static Chromium browser;

    @BeforeAll
    static void start() throws Exception {
        Files.createDirectories(PICTURES);
        browser = new Chromium(folder.resolve("profile"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    private enum Moment {
        FINISHED(Experiments.finished(Experiments.weights())),
        RUNNING(Experiments.after(Experiments.weights(), 13)),
        FRONT(Experiments.finished(Experiments.twoObjectives())),
        PATH(Experiments.finished(Experiments.twoStages())),
        EMPTY(Experiments.after(Experiments.weights(), 0));

        private final ExperimentFacts facts;

        Moment(ExperimentFacts facts) {
            this.facts = facts;
        }

        Path page() throws Exception {
            Path file = PICTURES.resolve(name().toLowerCase(Locale.ROOT) + ".html");
            Files.writeString(file, HtmlReport.render(facts));
            return file;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FINISHED, light",
        "FINISHED, dark",
        "RUNNING, light",
        "RUNNING, dark",
        "FRONT, light",
        "FRONT, dark",
        "PATH, light",
        "PATH, dark",
        "EMPTY, light",
        "EMPTY, dark"
    })
    void drawsWithoutComplaintOrRequestAndIsReadable(Moment moment, String scheme) throws Exception {
        Path page = moment.page();

        browser.open(page, scheme, WIDTH, 900);

        int height = browser.evaluate("document.documentElement.scrollHeight").asInt();
        browser.screenshot(
                PICTURES.resolve(moment.name().toLowerCase(Locale.ROOT) + "-" + scheme + ".png"), WIDTH, height);
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.requests().stream().filter(url -> !url.startsWith("data:")))
                .containsExactly(page.toUri().toString());
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor")
                        .asText())
                .isEqualTo(scheme.equals("light") ? "rgb(255, 255, 255)" : "rgb(20, 23, 27)");
        assertThat(texts(browser.evaluate(FAINT)))
                .as("text of too little contrast")
                .isEmpty();
    }

    @Test
    void aNarrowScreenScrollsTablesNotThePage() throws Exception {
        browser.open(Moment.FINISHED.page(), "light", 390, 844);

        browser.screenshot(PICTURES.resolve("narrow.png"), 390, 1600);
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isEqualTo(390);
    }

    @Test
    void theFrontIsReachedAndWalkedByKeyboard() throws Exception {
        browser.open(Moment.FRONT.page(), "light", WIDTH, 900);
        var reached = new ArrayList<String>();

        do {
            browser.press("Tab");
            reached.add(browser.evaluate(FOCUSED).asText());
        } while (!reached.getLast().startsWith("#front-") && reached.size() < 60);
        String first = reached.getLast();
        browser.press("ArrowRight");
        browser.press("ArrowLeft");
        browser.press("ArrowLeft");

        assertThat(reached.getFirst()).isEqualTo("#content");
        assertThat(reached).contains("#results", "#reproduce", "Results");
        assertThat(first).startsWith("#front-g");
        String second = browser.evaluate(FOCUSED).asText();
        assertThat(second).startsWith("#front-g").isNotEqualTo(first);
        assertThat(browser.evaluate("document.querySelector('#front-selected p').textContent")
                        .asText())
                .startsWith(second.substring("#front-".length()) + ": accuracy ");
        assertThat(browser.evaluate("document.querySelector('#front-selected pre').textContent")
                        .asText())
                .contains("merge_method: task_arithmetic");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void aClickOnAPointSelectsItInPlace() throws Exception {
        browser.open(Moment.FRONT.page(), "dark", WIDTH, 900);
        JsonNode place = browser.evaluate("""
                (() => {
                  document.documentElement.style.scrollBehavior = "auto";
                  const point = document.querySelectorAll("#front-view a")[2];
                  point.scrollIntoView({block: "center"});
                  const box = point.querySelector(".point").getBoundingClientRect();
                  return {x: box.x + box.width / 2, y: box.y + box.height / 2, id: point.dataset.member};
                })()
                """);

        browser.click(place.path("x").asDouble(), place.path("y").asDouble());

        assertThat(texts(browser.evaluate(
                        "[...document.querySelectorAll('[aria-current]')].map((node) => node.dataset.member)")))
                .containsExactly(place.path("id").asText(), place.path("id").asText());
        assertThat(browser.evaluate("location.hash").asText()).isEmpty();
    }

    @Test
    void everyPartHasANameForAScreenReader() throws Exception {
        browser.open(Moment.FINISHED.page(), "light", WIDTH, 900);

        var nodes = StreamSupport.stream(
                        browser.send("Accessibility.getFullAXTree", Map.of())
                                .path("nodes")
                                .spliterator(),
                        false)
                .toList();
        var roles = List.of("image", "table", "region", "navigation", "link");

        for (String role : roles) {
            var found = nodes.stream()
                    .filter(node -> node.path("role").path("value").asText().equals(role))
                    .toList();
            assertThat(found).as(role).isNotEmpty().allSatisfy(node -> assertThat(
                            node.path("name").path("value").asText())
                    .as("name of a %s", role)
                    .isNotBlank());
        }
        assertThat(nodes)
                .anySatisfy(node ->
                        assertThat(node.path("role").path("value").asText()).isEqualTo("main"));
    }

    @Test
    void printsOnPages() throws Exception {
        browser.open(Moment.FINISHED.page(), "dark", WIDTH, 900);
        browser.print(PICTURES.resolve("finished.pdf"));

        assertThat(Files.size(PICTURES.resolve("finished.pdf"))).isGreaterThan(20_000);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
