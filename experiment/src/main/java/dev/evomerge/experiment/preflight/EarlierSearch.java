package dev.evomerge.experiment.preflight;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.CandidateResult;
import dev.evomerge.contract.CandidateSpec;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Layout;
import dev.evomerge.crds.MergeExperimentSpec.Goal;
import dev.evomerge.crds.MergeExperimentSpec.Objective;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Batch;
import dev.evomerge.search.Split;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The history of another experiment, as something to start from. */
final class EarlierSearch {

    /** The best tenth says where the good ones lie; fewer than this say nothing about the spread. */
    private static final int FEWEST = 8;

    private EarlierSearch() {}

    private record Scored(Recipe recipe, double loss) {}

    /**
     * The best tenth of the candidates that were bred there and asked all search questions, best first.
     *
     * @param uri       the folder of that experiment's history
     * @param kind      the kind of recipes that can be used: merges of weights, or layer paths
     * @param objective what they are ranked by; the earlier experiment must have had its task and metric
     * @throws TroubleException if there is no such history, or no candidate in it has that score
     */
    static List<Recipe> best(String uri, Class<? extends Recipe> kind, Objective objective, Stores stores)
            throws TroubleException {
        var scored = new ArrayList<Scored>();
        try (Storage history = stores.open(uri)) {
            for (int number = 0;
                    history.size(Layout.record(Layout.batch(number))).isPresent();
                    number++) {
                var record = read(history, Layout.record(Layout.batch(number)), RecordedBatch.class);
                if (record.kind() == Batch.Kind.GENERATION && record.questions().isEmpty()) {
                    var manifest = read(history, Layout.manifest(record.name()), CandidateManifest.class);
                    scored.addAll(scored(record, manifest, objective));
                }
            }
        } catch (IOException e) {
            throw new TroubleException(Preflights.storageReason(e), "warmStart: " + e.getMessage());
        } catch (ContractException e) {
            throw new TroubleException(Reason.SpecInvalid, "warmStart: " + e.getMessage());
        }
        scored.removeIf(candidate -> !kind.isInstance(candidate.recipe()));
        if (scored.isEmpty()) {
            throw new TroubleException(
                    Reason.SpecInvalid,
                    "warmStart: " + uri + " holds no " + (kind == LayerPath.class ? "layer path" : "merge of weights")
                            + " with " + objective.metric() + " of task " + objective.task()
                            + "; expected the history of an experiment with that task");
        }
        return scored.stream()
                .sorted(Comparator.comparingDouble(Scored::loss))
                .limit(Math.max(FEWEST, scored.size() / 10))
                .map(Scored::recipe)
                .toList();
    }

    private static List<Scored> scored(RecordedBatch record, CandidateManifest manifest, Objective objective) {
        var recipes = manifest.candidates().stream().collect(Collectors.toMap(CandidateSpec::id, Function.identity()));
        var scored = new ArrayList<Scored>();
        for (CandidateResult result : record.results()) {
            var task = result.tasks().get(Manifests.taskKey(objective.task(), Split.SEARCH));
            Double value = task == null ? null : task.metrics().get(objective.metric());
            if (value != null) {
                scored.add(new Scored(
                        recipes.get(result.candidate()).recipe(), objective.goal() == Goal.Minimize ? value : -value));
            }
        }
        return scored;
    }

    private static <T> T read(Storage history, String path, Class<T> type) throws IOException {
        return ContractJson.read(history.read(path), type, history.uri(path).toString());
    }
}
