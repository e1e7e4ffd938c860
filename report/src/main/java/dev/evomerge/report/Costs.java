package dev.evomerge.report;

import static dev.evomerge.report.Html.html;

import dev.evomerge.report.ExperimentFacts.Cost;
import dev.evomerge.report.ExperimentFacts.EvaluatedBatch;
import dev.evomerge.search.Batch;
import java.util.LinkedHashMap;
import java.util.OptionalDouble;

/** What the experiment took, by phase. */
final class Costs {

    /** The batches of one phase together. */
    private record Phase(long candidates, Cost cost) {

        static Phase of(EvaluatedBatch evaluated) {
            return new Phase(evaluated.batch().candidates().size(), evaluated.cost());
        }

        Phase plus(Phase other) {
            return new Phase(candidates + other.candidates, cost.plus(other.cost));
        }
    }

    private Costs() {}

    static Html section(ExperimentFacts facts) {
        if (facts.history().isEmpty()) {
            return Html.NOTHING;
        }
        var phases = new LinkedHashMap<String, Phase>();
        facts.history().forEach(evaluated -> phases.merge(phase(evaluated.batch()), Phase.of(evaluated), Phase::plus));
        Phase total = phases.values().stream().reduce(new Phase(0, Cost.NONE), Phase::plus);
        boolean pods = total.cost().podSeconds().isPresent();
        boolean gpus = total.cost().gpuSeconds().isPresent();
        return html(
                """
                <div class="scroll" tabindex="0" role="region" aria-label="Cost"><table class="numbers">
                <caption>What was evaluated{}.</caption>
                <thead><tr><th scope="col" class="text">Phase</th><th scope="col">Candidates</th><th scope="col">Questions</th>\
                <th scope="col">Prompt tokens</th><th scope="col">Generated tokens</th>{}{}</tr></thead>
                <tbody>
                {}</tbody>
                <tfoot>
                {}</tfoot>
                </table></div>
                """,
                facts.timing().elapsed().map(elapsed -> html(", in {} of wall time", TimeSpan.text(elapsed))),
                pods ? html("<th scope=\"col\">Pod hours</th>") : Html.NOTHING,
                gpus ? html("<th scope=\"col\">GPU hours</th>") : Html.NOTHING,
                phases.entrySet().stream()
                        .map(entry -> row(entry.getKey(), entry.getValue(), pods, gpus))
                        .toList(),
                row("Total", total, pods, gpus));
    }

    private static String phase(Batch batch) {
        return switch (batch.kind()) {
            case BASELINES -> "Comparisons";
            case GENERATION -> "Stage " + batch.stage();
            case FINALISTS -> "Finalists";
        };
    }

    private static Html row(String name, Phase phase, boolean pods, boolean gpus) {
        Cost cost = phase.cost();
        return html(
                """
                <tr><th scope="row" class="text">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{}{}</tr>
                """,
                name,
                Numbers.grouped(phase.candidates()),
                Numbers.grouped(cost.questions()),
                Numbers.grouped(cost.promptTokens()),
                Numbers.grouped(cost.generatedTokens()),
                hours(cost.podSeconds(), pods),
                hours(cost.gpuSeconds(), gpus));
    }

    private static Html hours(OptionalDouble seconds, boolean shown) {
        return shown
                ? html("<td>{}</td>", seconds.isPresent() ? Numbers.hours(seconds.getAsDouble()) : "–")
                : Html.NOTHING;
    }
}
