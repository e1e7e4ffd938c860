package dev.evomerge.evaluator;

import dev.evomerge.contract.ExportManifest;
import dev.evomerge.contract.ExportManifest.Score;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a model card says about how the model was found and how good it is, as Markdown. */
final class ScoreTable {

    private ScoreTable() {}

    static String of(ExportManifest manifest) {
        return "## How it was found\n\nCandidate `" + manifest.candidate() + "` of the experiment `"
                + manifest.experiment() + "`: "
                + manifest.provenance().search() + ".\n\n## Scores\n\n"
                + manifest.provenance().objective()
                + ". The search used the first questions, the winner was chosen on the second, and nothing on the third.\n\n"
                + "| model | search | selection | test | 95 % interval |\n| --- | --- | --- | --- | --- |\n"
                + manifest.provenance().scores().stream().map(ScoreTable::row).collect(Collectors.joining());
    }

    private static String row(Score score) {
        String name = score.winner() ? "**" + score.name() + "** (this model)" : score.name();
        return "| " + name + " | " + number(score.search()) + " | " + number(score.selection()) + " | "
                + number(score.test()) + " | "
                + score.interval().map(ScoreTable::range).orElse("") + " |\n";
    }

    private static String range(List<Double> interval) {
        return interval.stream().map(ScoreTable::number).collect(Collectors.joining(" to "));
    }

    private static String number(Optional<Double> value) {
        return value.map(ScoreTable::number).orElse("");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
