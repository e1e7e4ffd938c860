package dev.evomerge.experiment;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.archive.Archive;
import dev.evomerge.experiment.archive.ArchiveException;
import dev.evomerge.experiment.preflight.InspectionNeededException;
import dev.evomerge.experiment.preflight.Preflights;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.experiment.spec.Facts;
import dev.evomerge.experiment.spec.ImmutableSpec;
import dev.evomerge.experiment.spec.Manifests;
import dev.evomerge.experiment.spec.SearchSpecs;
import dev.evomerge.recipe.RecipeException;
import dev.evomerge.search.Search;
import dev.evomerge.search.SearchException;
import dev.evomerge.search.SearchSpec;
import dev.evomerge.search.Step;
import dev.evomerge.storage.Storage;
import java.io.IOException;
import java.util.Optional;

/** An experiment that has passed its preflight, with its folder in storage. Used by one thread at a time. */
public final class OpenExperiment implements AutoCloseable {

    private final Archive archive;
    private final Facts facts;
    private final Stores stores;
    private SearchSpec asked;
    private Search search;
    private int recorded = -1;
    private Step step;

    private OpenExperiment(Archive archive, Facts facts, Stores stores) {
        this.archive = archive;
        this.facts = facts;
        this.stores = stores;
    }

    /**
     * Opens an experiment's folder, makes it if there is none, and reads its history. The preflight runs once in an experiment's life.
     *
     * @throws InspectionNeededException if models or output lie on volumes and no pod has found them well
     * @throws TroubleException          if storage cannot be used or the preflight refuses the experiment
     */
    public static OpenExperiment open(MergeExperiment experiment, Stores stores) throws TroubleException {
        return open(experiment, stores, true).orElseThrow();
    }

    /**
     * Opens an experiment that has begun already; nothing is written.
     *
     * @return empty if there is no history of this very spec
     * @throws TroubleException if storage cannot be read
     */
    public static Optional<OpenExperiment> existing(MergeExperiment experiment, Stores stores) throws TroubleException {
        return open(experiment, stores, false);
    }

    private static Optional<OpenExperiment> open(MergeExperiment experiment, Stores stores, boolean begin)
            throws TroubleException {
        var spec = ImmutableSpec.of(experiment.getSpec());
        String folder = experiment.getSpec().storage().uri().replaceAll("/+$", "") + "/" + spec.folder(experiment);
        Storage storage = stores.open(folder);
        var archive = new Archive(storage);
        boolean done = false;
        try {
            if (begin) {
                archive.claim(spec);
            }
            Optional<Facts> facts = archive.facts();
            if (facts.isEmpty()) {
                if (!begin) {
                    return Optional.empty();
                }
                var preflights = new Preflights(experiment.getSpec(), stores);
                facts = Optional.of(archive.putFacts(
                        preflights.needInspection()
                                ? preflights.check(archive.putInspection(
                                        Manifests.inspection(experiment, folder, preflights.outputIsForPodsOnly())))
                                : preflights.check()));
            }
            archive.readHistory(experiment.getSpec(), facts.get());
            done = true;
            return Optional.of(new OpenExperiment(archive, facts.get(), stores));
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

    /** Its folder in storage. */
    public Archive archive() {
        return archive;
    }

    /** What the preflight found. */
    public Facts facts() {
        return facts;
    }

    /** Opens the storages that it names. */
    public Stores stores() {
        return stores;
    }

    /**
     * What the search wants next; asked again only when there is more history or another budget.
     *
     * @throws TroubleException if spec or history cannot be searched
     */
    public Step step(MergeExperiment experiment) throws TroubleException {
        var spec = SearchSpecs.of(experiment.getSpec(), facts);
        var history = archive.history();
        if (history.size() != recorded || !spec.equals(asked)) {
            try {
                // The same search goes on where it was instead of replaying everything.
                if (!spec.equals(asked)) {
                    search = new Search(spec);
                }
                step = search.next(history);
            } catch (SearchException | RecipeException e) {
                throw new TroubleException(
                        history.isEmpty() ? Reason.SpecInvalid : Reason.HistoryDamaged, e.getMessage());
            }
            recorded = history.size();
            asked = spec;
        }
        return step;
    }

    @Override
    public void close() {
        archive.close();
    }
}
