package dev.evomerge.operator.experiment;

import dev.evomerge.crds.MergeExperiment;
import dev.evomerge.experiment.OpenExperiment;
import dev.evomerge.experiment.TroubleException;
import dev.evomerge.experiment.preflight.Stores;
import dev.evomerge.operator.metrics.MeteredStorage;
import dev.evomerge.storage.StorageAccess;
import io.micrometer.core.instrument.Metrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is kept in memory of each experiment: its open folder, what was read of it, and the search's last answer. All of it can be had again from
 * storage. Each experiment is used by one thread at a time.
 */
final class Experiments {

    private final Map<String, OpenExperiment> opened = new ConcurrentHashMap<>();
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
    OpenExperiment open(MergeExperiment experiment, StorageAccess access) throws TroubleException {
        String uid = experiment.getMetadata().getUid();
        var known = opened.get(uid);
        if (known != null && known.stores().access().equals(access)) {
            return known;
        }
        forget(uid);
        var fresh = OpenExperiment.open(
                experiment,
                new Stores(access, allowFile, storage -> new MeteredStorage(storage, Metrics.globalRegistry)));
        opened.put(uid, fresh);
        return fresh;
    }

    /** Lets go of an experiment that has ended or is gone. */
    void forget(String uid) {
        var known = opened.remove(uid);
        if (known != null) {
            known.close();
        }
    }
}
