package dev.evomerge.experiment;

import dev.evomerge.contract.Layout;
import dev.evomerge.crds.MergeExperimentSpec;
import dev.evomerge.search.Candidate;
import dev.evomerge.search.Step;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which candidate is exported: the search's own pick, or another line of the table that {@code spec.output.pick} names. Every pick has an export of
 * its own, so that choosing another one, and back again, neither searches nor loses anything.
 *
 * @param finished the search's last word, with the chosen candidate as its winner
 * @param pick     the candidate that the user has picked; empty where the search's own pick is exported
 * @param why      why it is this one, for people
 */
public record Choice(Step.Finished finished, Optional<String> pick, String why) {

    /** What is exported of a search that has ended. */
    public static Choice of(MergeExperimentSpec spec, Step.Finished finished) throws TroubleException {
        String wanted = spec.output().pick();
        if (wanted == null || wanted.equals(finished.winner().id())) {
            return new Choice(finished, Optional.empty(), reason(finished));
        }
        Candidate picked = finished.table().stream()
                .map(Step.Standing::candidate)
                .filter(candidate -> candidate.id().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new TroubleException(
                        Reason.PickUnknown,
                        "spec.output.pick is '" + wanted + "', expected a candidate of the final table: "
                                + finished.table().stream()
                                        .map(standing -> standing.candidate().id())
                                        .collect(Collectors.joining(", "))));
        // The comparisons were made for the search's own pick.
        var chosen = new Step.Finished(
                picked, finished.models(), finished.table(), List.of(), finished.front(), finished.stop());
        return new Choice(chosen, Optional.of(wanted), "spec.output.pick names it");
    }

    private static String reason(Step.Finished finished) {
        return finished.front().isEmpty()
                ? "the best on the questions that finalists are chosen on"
                : "of the " + finished.front().size()
                        + " on the front the nearest to the best of each objective, in units of the front's ranges";
    }

    /** The folder of its export below the experiment's. */
    public String folder() {
        return Layout.export(pick);
    }

    /** URI of the folder that its model is written to: {@code spec.output.uri}, or for a pick {@code picks/<candidate>} below it. */
    public String output(MergeExperimentSpec spec) {
        return spec.output().uri().replaceAll("/+$", "")
                + pick.map(candidate -> "/picks/" + candidate).orElse("");
    }
}
