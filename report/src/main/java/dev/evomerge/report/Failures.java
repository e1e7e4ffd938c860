package dev.evomerge.report;

import static dev.evomerge.report.Html.html;

import dev.evomerge.report.Results.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Candidates without a score, by reason. */
final class Failures {

    /** How many candidates of one reason are named. */
    private static final int NAMED = 4;

    private Failures() {}

    static Html section(ExperimentFacts facts, Results results) {
        long evaluations = facts.history().stream()
                .mapToLong(evaluated -> evaluated.batch().candidates().size())
                .sum();
        if (evaluations == 0) {
            return Html.NOTHING;
        }
        if (results.failures().isEmpty()) {
            return html("<p>None of {} failed.</p>\n", Numbers.count(evaluations, "evaluation"));
        }
        var byReason = new LinkedHashMap<String, List<Failure>>();
        results.failures().forEach(failure -> byReason.computeIfAbsent(failure.reason(), reason -> new ArrayList<>())
                .add(failure));
        return html(
                """
                <div class="scroll" tabindex="0" role="region" aria-label="Failures"><table class="numbers">
                <caption>{} of {} failed. A failed candidate ranks below every scored one; it never stops the search.</caption>
                <thead><tr><th scope="col" class="text">Reason</th><th scope="col">Candidates</th><th scope="col">Share</th>\
                <th scope="col">Batches</th><th scope="col" class="text">Which</th></tr></thead>
                <tbody>
                {}</tbody>
                </table></div>
                """,
                Numbers.grouped(results.failures().size()),
                Numbers.count(evaluations, "evaluation"),
                byReason.entrySet().stream()
                        .sorted((a, b) -> Integer.compare(
                                b.getValue().size(), a.getValue().size()))
                        .map(entry -> row(entry, evaluations))
                        .toList());
    }

    private static Html row(Map.Entry<String, List<Failure>> entry, long evaluations) {
        List<Failure> failures = entry.getValue();
        long batches = failures.stream().map(Failure::batch).distinct().count();
        int more = failures.size() - NAMED;
        return html(
                """
                <tr><th scope="row" class="text"><code>{}</code></th><td>{}</td><td>{}{}%</td><td>{}</td><td class="text">{}{}</td></tr>
                """,
                entry.getKey(),
                Numbers.grouped(failures.size()),
                Numbers.fixed(100.0 * failures.size() / evaluations, 1),
                Numbers.NARROW_SPACE,
                Numbers.grouped(batches),
                failures.stream()
                        .limit(NAMED)
                        .map(failure -> html("<code>{}</code>", failure.candidate()))
                        .collect(Html.joined(", ")),
                more > 0 ? " and " + Numbers.grouped(more) + " more" : "");
    }
}
