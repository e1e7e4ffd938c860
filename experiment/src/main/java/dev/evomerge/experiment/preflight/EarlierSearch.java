package dev.evomerge.experiment.preflight;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.contract.ContractException;
import dev.evomerge.contract.ContractJson;
import dev.evomerge.contract.Layout;
import dev.evomerge.crds.MergeExperimentSpec.Goal;
import dev.evomerge.crds.MergeExperimentSpec.Objective;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.PooledScore;
import dev.evomerge.experiment.archive.RecordedBatch;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.recipe.LayerPath;
import dev.evomerge.recipe.Recipe;
import dev.evomerge.search.Split;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** The history of another experiment, as something to start from. */
final class EarlierSearch {

    /** The best tenth says where the good ones lie; fewer than this say nothing about the spread. */
    private static final int FEWEST = 8;

    private EarlierSearch() {}

    /**
     * The best tenth of the candidates that were bred there, best first.
     *
     * @param uri       the folder of that experiment's history
     * @param kind      the kind of recipes that can be used: merges of weights, or layer paths
     * @param objective what they are ranked by; the earlier experiment must have had its task and metric
     * @throws TroubleException if there is no such history, or no candidate in it has that score
     */
    static List<Recipe> best(String uri, Class<? extends Recipe> kind, Objective objective, Stores stores)
            throws TroubleException {
        var batches = new ArrayList<RecordedBatch>();
        var recipes = new HashMap<String, Recipe>();
        try (Storage history = stores.open(uri)) {
            for (int number = 0;
                    history.size(Layout.record(Layout.batch(number))).isPresent();
                    number++) {
                var record = read(history, Layout.record(Layout.batch(number)), RecordedBatch.class);
                read(history, Layout.manifest(record.name()), CandidateManifest.class)
                        .candidates()
                        .forEach(candidate -> recipes.put(candidate.id(), candidate.recipe()));
                batches.add(record);
            }
        } catch (IOException e) {
            throw new TroubleException(Preflights.storageReason(e), "warmStart: " + e.getMessage());
        } catch (ContractException e) {
            throw new TroubleException(Reason.SpecInvalid, "warmStart: " + e.getMessage());
        }
        String task = Manifests.taskKey(objective.task(), Split.SEARCH);
        List<Recipe> best = PooledScore.of(batches, task, objective.metric()).stream()
                .filter(score -> kind.isInstance(recipes.get(score.candidate())))
                .sorted(PooledScore.bestFirst(objective.goal() != Goal.Minimize))
                .map(score -> recipes.get(score.candidate()))
                .toList();
        if (best.isEmpty()) {
            throw new TroubleException(
                    Reason.SpecInvalid,
                    "warmStart: " + uri + " holds no " + (kind == LayerPath.class ? "layer path" : "merge of weights")
                            + " with " + objective.metric() + " of task " + objective.task()
                            + "; expected the history of an experiment with that task");
        }
        return best.subList(0, Math.min(best.size(), Math.max(FEWEST, best.size() / 10)));
    }

    private static <T> T read(Storage history, String path, Class<T> type) throws IOException {
        return ContractJson.read(history.read(path), type, history.uri(path).toString());
    }
}
