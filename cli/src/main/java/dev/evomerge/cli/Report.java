package dev.evomerge.cli;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeExperimentStatus.Standing;
import dev.evomerge.crds.MergeExperimentStatus.Winner;
import dev.evomerge.crds.MergeGeneration;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An experiment as text for a terminal. */
final class Report {

    private Report() {}

    /** All that is known of an experiment, in a few lines. */
    static String of(MergeExperiment experiment) {
        var lines = new ArrayList<String>();
        MergeExperimentStatus status = experiment.getStatus();
        String name = experiment.getMetadata().getName();
        if (status == null) {
            return name + " was not seen by an operator yet";
        }
        lines.add(name + ": " + status.state() + reason(status));
        if (status.evaluations() != null) {
            var counts = status.evaluations();
            lines.add("  candidates  " + counts.scored() + " scored, " + counts.failed() + " failed");
        }
        if (status.stop() != null) {
            lines.add("  stopped     " + status.stop());
        }
        if (status.winner() == null && status.best() != null) {
            lines.add("  best so far " + status.best().candidate() + ": "
                    + percent(status.best().score()) + " of the search questions");
        }
        if (!status.table().isEmpty()) {
            lines.add("");
            lines.addAll(table(status.table(), status.winner()));
        }
        if (status.winner() != null) {
            lines.add("");
            lines.addAll(winner(status.winner()));
        }
        return String.join(System.lineSeparator(), lines);
    }

    /** One recorded batch in one line. */
    static String line(MergeGeneration generation) {
        var spec = generation.getSpec();
        var status = generation.getStatus();
        return String.format(
                Locale.ROOT,
                "%-6s %-11s %-10s %3d candidates  best %s  median %s%s",
                String.format(Locale.ROOT, "g%04d", spec.batch()),
                spec.kind(),
                spec.stage() == null ? "" : spec.stage(),
                spec.candidates(),
                status.best() == null ? "  –  " : percent(status.best().score()),
                status.median() == null ? "  –  " : percent(status.median()),
                status.failed() == null || status.failed() == 0 ? "" : "  " + status.failed() + " failed");
    }

    /** The condition that says why an experiment is where it is. */
    static Optional<Condition> condition(MergeExperiment experiment, String type) {
        return experiment.getStatus() == null
                ? Optional.empty()
                : experiment.getStatus().conditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    private static String reason(MergeExperimentStatus status) {
        return status.conditions().stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .findFirst()
                .map(ready -> " (" + ready.getReason() + "): " + ready.getMessage())
                .orElse("");
    }

    private static List<String> table(List<Standing> standings, Winner winner) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                "  %-22s %8s %10s %8s   %s", "candidate", "search", "selection", "test", "95 % interval"));
        for (Standing standing : standings) {
            boolean won = winner != null && standing.candidate().equals(winner.candidate());
            lines.add(String.format(
                            "%s %-22s %8s %10s %8s   %s",
                            won ? "▶" : " ",
                            standing.candidate(),
                            percent(standing.search()),
                            percent(standing.selection()),
                            percent(standing.test()),
                            standing.low() == null ? "" : percent(standing.low()) + " – " + percent(standing.high()))
                    .stripTrailing());
        }
        return lines;
    }

    private static List<String> winner(Winner winner) {
        var lines = new ArrayList<String>();
        if (winner.test() != null) {
            lines.add("  winner  " + winner.candidate() + ": "
                    + percent(winner.test().score())
                    + " of the test questions, 95 % interval "
                    + percent(winner.test().low()) + " – "
                    + percent(winner.test().high()));
        }
        if (winner.uri() != null) {
            lines.add("  model   " + winner.uri());
            lines.add("  sha256  " + winner.sha256());
        }
        if (winner.recipe() != null) {
            lines.add("  recipe  " + winner.recipe());
        }
        return lines;
    }

    private static String percent(String decimal) {
        return decimal == null ? "" : String.format(Locale.ROOT, "%.1f %%", 100 * Double.parseDouble(decimal));
    }
}
