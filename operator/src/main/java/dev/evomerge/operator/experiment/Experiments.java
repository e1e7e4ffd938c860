package dev.evomerge.operator.experiment;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.Reason;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.ImmutableSpec;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.operator.metrics.MeteredStorage;
import dev.evomerge.recipe.RecipeException;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Step;
import dev.evomerge.storage.Storage;
import dev.evomerge.storage.StorageAccess;
import io.micrometer.core.instrument.Metrics;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is kept in memory of each experiment: its open folder, what was read of it, and the search's last answer. All of it can be had again from
 * storage. Each experiment is used by one thread at a time.
 */
final class Experiments {

    private final Map<String, Opened> opened = new ConcurrentHashMap<>();
    private final boolean allowFile;

    /** @param allowFile whether {@code file:///} may be used */
    Experiments(boolean allowFile) {
        this.allowFile = allowFile;
    }

    /**
     * An experiment whose preflight has been passed.
     *
     * @throws TroubleException if storage cannot be used or the preflight refuses the experiment
     */
    Opened open(MergeExperiment experiment, StorageAccess access) throws TroubleException {
        String uid = experiment.getMetadata().getUid();
        var known = opened.get(uid);
        if (known != null && known.stores.access().equals(access)) {
            return known;
        }
        forget(uid);
        var fresh = prepare(
                experiment,
                new Stores(access, allowFile, storage -> new MeteredStorage(storage, Metrics.globalRegistry)));
        opened.put(uid, fresh);
        return fresh;
    }

    private static Opened prepare(MergeExperiment experiment, Stores stores) throws TroubleException {
        var spec = ImmutableSpec.of(experiment.getSpec());
        String folder = experiment.getSpec().storage().uri().replaceAll("/+$", "") + "/" + spec.folder(experiment);
        Storage storage = stores.open(folder);
        var archive = new Archive(storage);
        boolean done = false;
        try {
            archive.claim(spec);
            Optional<Facts> known = archive.facts();
            Facts facts = known.isPresent()
                    ? known.get()
                    : archive.putFacts(new Preflights(experiment.getSpec(), stores).check());
            archive.readHistory(experiment.getSpec(), facts);
            done = true;
            return new Opened(archive, facts, stores);
        } catch (ArchiveException e) {
            throw new TroubleException(Reason.HistoryDamaged, e.getMessage());
        } catch (IOException e) {
            throw new TroubleException(Preflights.storageReason(e), e.getMessage());
        } finally {
            if (!done) {
                archive.close();
            }
        }
    }

    /** Lets go of an experiment that has ended or is gone. */
    void forget(String uid) {
        var known = opened.remove(uid);
        if (known != null) {
            known.archive.close();
        }
    }

    /** An experiment with its folder. */
    static final class Opened {

        private final Archive archive;
        private final Facts facts;
        private final Stores stores;
        private SearchSpec asked;
        private int recorded = -1;
        private Step step;

        private Opened(Archive archive, Facts facts, Stores stores) {
            this.archive = archive;
            this.facts = facts;
            this.stores = stores;
        }

        Archive archive() {
            return archive;
        }

        Facts facts() {
            return facts;
        }

        Stores stores() {
            return stores;
        }

        /**
         * What the search wants next; asked again only when there is more history or another budget.
         *
         * @throws TroubleException if spec or history cannot be searched
         */
        Step step(MergeExperiment experiment) throws TroubleException {
            var spec = SearchSpecs.of(experiment.getSpec(), facts);
            var history = archive.history();
            if (history.size() != recorded || !spec.equals(asked)) {
                try {
                    step = new Search(spec).next(history);
                } catch (SearchException | RecipeException e) {
                    throw new TroubleException(
                            history.isEmpty() ? Reason.SpecInvalid : Reason.HistoryDamaged, e.getMessage());
                }
                recorded = history.size();
                asked = spec;
            }
            return step;
        }
    }
}
