package dev.evomerge.report;

import static dev.evomerge.report.Html.html;
import static dev.evomerge.report.Html.joined;

import dev.evomerge.search.Algorithm;
import dev.evomerge.search.Fidelity;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.SearchSpec.Budget;
import dev.evomerge.search.SearchSpec.Goal;
import dev.evomerge.search.SearchSpec.Stage;
import dev.evomerge.search.Space;
import dev.evomerge.search.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What was searched and how, in words. */
final class Setup {

    private Setup() {}

    /** The experiment in one sentence. */
    static String sentence(SearchSpec spec) {
        String base = spec.base().map(name -> " over " + name).orElse("");
        String objectives = Words.list(
                spec.objectives().stream().map(SearchSpec.Objective::name).toList());
        return "Merges of " + Words.list(List.copyOf(spec.models().keySet())) + base + ", evolved for " + objectives
                + ".";
    }

    static Html section(ExperimentFacts facts) {
        SearchSpec spec = facts.spec();
        var entries = new ArrayList<Html>();
        entries.add(entry("Models", models(facts)));
        entries.add(entry(
                "Objectives",
                html(
                        "{}",
                        Words.list(spec.objectives().stream()
                                .map(objective -> objective.name()
                                        + (objective.goal() == Goal.MAXIMIZE ? " (maximize)" : " (minimize)"))
                                .toList()))));
        spec.stages().forEach(stage -> entries.add(entry("Stage " + stage.name(), stage(stage))));
        entries.add(entry(
                "Compared with",
                html(
                        "{}",
                        spec.baselines().isEmpty()
                                ? "nothing"
                                : Words.list(spec.baselines().stream()
                                        .map(baseline -> lower(baseline.name()))
                                        .toList()))));
        entries.add(entry("Questions", html("{}", questions(facts))));
        entries.add(entry("Finalists", html("{}", spec.finalists())));
        entries.add(entry("Seed", html("{}", spec.seed())));
        return html("<dl class=\"setup\">\n{}</dl>\n", entries);
    }

    private static Html entry(String term, Html value) {
        return html("<div><dt>{}</dt><dd>{}</dd></div>\n", term, value);
    }

    private static Html models(ExperimentFacts facts) {
        return html(
                "<ul>{}</ul>",
                Stream.concat(facts.spec().models().keySet().stream(), facts.spec().base().stream())
                        .distinct()
                        .map(name -> html(
                                "<li>{}{}{}</li>",
                                name,
                                facts.spec().base().filter(name::equals).isPresent() ? " (base)" : "",
                                facts.sources().containsKey(name)
                                        ? html(
                                                ": <code>{}</code>",
                                                facts.sources().get(name))
                                        : Html.NOTHING))
                        .collect(joined()));
    }

    private static Html stage(Stage stage) {
        return html(
                "{}; {}; {}{}.",
                space(stage.space()),
                algorithm(stage.algorithm()),
                budget(stage.budget()),
                fidelity(stage.fidelity()));
    }

    private static Html space(Space space) {
        return switch (space) {
            case Space.ParameterSpace parameters ->
                html(
                        "<code>{}</code> of {}, {}{}, weights from {} to {}{}",
                        parameters.method().id(),
                        Words.list(parameters.models()),
                        parameters
                                .layersPerGroup()
                                .map(size -> size == 1 ? "each layer for itself" : "layers in groups of " + size)
                                .orElse("all layers alike"),
                        parameters.kinds().isEmpty()
                                ? ""
                                : ", apart for "
                                        + Words.list(parameters.kinds().stream()
                                                .map(kind -> lower(kind.name()))
                                                .toList()),
                        bound(parameters.weight().low()),
                        bound(parameters.weight().high()),
                        parameters.method().sparsifies()
                                ? ", densities from "
                                        + bound(parameters.density().low()) + " to "
                                        + bound(parameters.density().high())
                                : "");
            case Space.DataFlowSpace flow ->
                html(
                        "layer paths through {}, {} encoding, {}, scales from {} to {}",
                        Words.list(flow.models()),
                        lower(flow.encoding().name()),
                        Numbers.count(flow.repeats(), "repeat"),
                        bound(flow.scale().low()),
                        bound(flow.scale().high()));
        };
    }

    private static String algorithm(Algorithm algorithm) {
        return switch (algorithm) {
            case Algorithm.CmaEs cma ->
                "CMA-ES"
                        + cma.populationSize()
                                .map(size -> ", " + size + " a generation")
                                .orElse("")
                        + cma.sigma()
                                .map(sigma -> ", initial step " + bound(sigma))
                                .orElse("")
                        + (cma.restarts() == Algorithm.Restarts.BIPOP ? ", BIPOP restarts" : "")
                        + (cma.noise() == Algorithm.Noise.LEARNING_RATE
                                ? ", learning rates that follow the noise"
                                : "");
            case Algorithm.Nsga2(int size) -> "NSGA-II, " + size + " a generation";
            case Algorithm.RandomSearch(int size) -> "random search, " + size + " a generation";
        };
    }

    private static String budget(Budget budget) {
        return Words.list(Stream.concat(
                        budget.evaluations().map(n -> "at most " + Numbers.count(n, "evaluation")).stream(),
                        budget.generations().map(n -> "at most " + Numbers.count(n, "generation")).stream())
                .toList());
    }

    private static String fidelity(Fidelity fidelity) {
        return switch (fidelity) {
            case Fidelity.AllQuestions _ -> "";
            case Fidelity.Racing racing -> "; racing from " + racing.first() + " of " + racing.pool() + " questions";
            case Fidelity.Estimation estimation ->
                "; scores estimated from " + estimation.asked() + " of " + estimation.pool() + " questions";
        };
    }

    private static String questions(ExperimentFacts facts) {
        return Words.list(Stream.of(Split.values())
                .filter(facts.spec().splits()::contains)
                .map(split -> facts.questions().containsKey(split)
                        ? Numbers.grouped(facts.questions().get(split)) + " for " + split.key()
                        : split.key())
                .toList());
    }

    private static String lower(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String bound(double value) {
        return value == Math.rint(value) ? Numbers.fixed(value, 0) : Double.toString(value);
    }
}
