package dev.evomerge.cli;

import dev.evomerge.cli.local.LocalRun;
import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.crds.MergeExperimentStatus;
import dev.evomerge.crds.MergeExperimentStatus.Best;
import dev.evomerge.crds.MergeExperimentStatus.Standing;
import dev.evomerge.crds.MergeExperimentStatus.TestScore;
import dev.evomerge.crds.MergeExperimentStatus.Winner;
import dev.evomerge.crds.MergeGeneration;
import dev.evomerge.experiment.Budget;
import dev.evomerge.experiment.Scores;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.recipe.RecipeFormat;
import dev.evomerge.report.TimeSpan;
import dev.evomerge.search.Step;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
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
            Optional.ofNullable(status.budget())
                    .ifPresent(budget -> lines.add("  progress    "
                            + ProgressLine.bar(
                                    status.completionTime() == null
                                            ? counts.scored() + counts.failed()
                                            : budget.candidates(),
                                    budget.candidates())));
        }
        Optional.ofNullable(status.budget()).ifPresent(budget -> lines.add("  at most     " + budget(budget)));
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

    /** What an experiment may cost, before it begins. */
    static String atMost(Budget budget) {
        return "at most "
                + budget(
                        budget.candidates(),
                        budget.questions(),
                        budget.tokens(),
                        mebibytes(budget.podReads()),
                        budget.podMemory().isPresent()
                                ? mebibytes(budget.podMemory().getAsLong())
                                : null);
    }

    private static String budget(MergeExperimentStatus.Budget budget) {
        return budget(budget.candidates(), budget.questions(), budget.tokens(), budget.podReads(), budget.podMemory())
                + (budget.hoursPerGeneration() == null
                        ? ""
                        : "; " + TimeSpan.text(hours(budget.hoursPerGeneration())) + " per generation");
    }

    private static Duration hours(String decimal) {
        return Duration.ofMillis(
                Math.round(Double.parseDouble(decimal) * Duration.ofHours(1).toMillis()));
    }

    private static String budget(long candidates, long answers, long tokens, String reads, String memory) {
        return String.format(
                Locale.ROOT,
                "%,d candidates, %,d answers of %,d tokens; an evaluator reads %s of models%s",
                candidates,
                answers,
                tokens,
                reads,
                memory == null ? "" : " and needs " + memory + " of memory");
    }

    /** As Kubernetes writes it. */
    private static String mebibytes(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20) + "Mi";
    }

    /** A local run that has come to its end. */
    static String of(String name, LocalRun.Outcome outcome) {
        Step.Finished finished = outcome.choice().finished();
        var standings = finished.table().stream()
                .map(line -> new Standing(
                        line.candidate().id(),
                        text(line.search()),
                        text(line.selection()),
                        text(line.test()),
                        text(line.interval().map(Step.Interval::low)),
                        text(line.interval().map(Step.Interval::high))))
                .toList();
        var won = standings.stream()
                .filter(line -> line.candidate().equals(finished.winner().id()))
                .findFirst()
                .orElseThrow();
        var winner = new Winner(
                won.candidate(),
                outcome.choice().why(),
                outcome.report().output(),
                outcome.report().sha256(),
                RecipeFormat.toJson(finished.winner().recipe()),
                null,
                won.selection(),
                won.test() == null ? null : new TestScore(won.test(), won.low(), won.high()));
        var lines = new ArrayList<String>();
        lines.add(name + ": " + finished.stop());
        lines.add("");
        lines.addAll(table(standings, winner));
        lines.add("");
        lines.addAll(winner(winner));
        return String.join(System.lineSeparator(), lines);
    }

    private static String text(Optional<Double> value) {
        return value.map(Scores::text).orElse(null);
    }

    /** One recorded batch in one line. */
    static String line(MergeGeneration generation) {
        var spec = generation.getSpec();
        var status = generation.getStatus();
        return line(
                spec.batch(),
                spec.kind().name(),
                spec.stage(),
                spec.candidates(),
                Optional.ofNullable(status.best()).map(Best::score),
                Optional.ofNullable(status.median()),
                status.failed() == null ? 0 : status.failed());
    }

    /** The same from its record. */
    static String line(MergeExperimentSpec spec, RecordedBatch batch) {
        var scored = batch.results().stream()
                .filter(result -> result.failure().isEmpty())
                .map(result ->
                        new Scores.Scored(result.candidate(), result.fitness().getFirst()))
                .toList();
        return line(
                batch.number(),
                batch.kind().name().charAt(0) + batch.kind().name().substring(1).toLowerCase(Locale.ROOT),
                batch.stage(),
                batch.results().size(),
                new Scores(spec).best(scored.stream()).map(Best::score),
                Scores.median(scored.stream().map(Scores.Scored::score).toList()),
                batch.results().size() - scored.size());
    }

    private static String line(
            int number,
            String kind,
            String stage,
            int candidates,
            Optional<String> best,
            Optional<String> median,
            int failed) {
        return String.format(
                Locale.ROOT,
                "g%04d  %-11s %-10s %3d candidates  best %s  median %s%s",
                number,
                kind,
                stage == null ? "" : stage,
                candidates,
                best.map(Report::percent).orElse("  –  "),
                median.map(Report::percent).orElse("  –  "),
                failed == 0 ? "" : "  " + failed + " failed");
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
