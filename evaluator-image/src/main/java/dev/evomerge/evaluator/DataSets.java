package dev.evomerge.evaluator;

import dev.evomerge.contract.TaskSpec;
import dev.evomerge.contract.TaskSpec.DataRef;
import dev.evomerge.contract.data.DataException;
import dev.evomerge.contract.data.DataSet;
import dev.evomerge.storage.StorageAccess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Fetches data sets, each once. */
public final class DataSets {

    private final StorageAccess access;
    private final Map<DataRef, DataSet> known = new HashMap<>();

    public DataSets(StorageAccess access) {
        this.access = access;
    }

    /**
     * Prepares tasks.
     *
     * @throws IOException   if a file cannot be read
     * @throws DataException if one is not what it should be
     */
    public List<Task> tasks(List<TaskSpec> specs) throws IOException, DataException {
        List<Task> tasks = new ArrayList<>();
        for (TaskSpec spec : specs) {
            tasks.add(Task.of(spec, fetch(spec.data())));
        }
        return tasks;
    }

    private DataSet fetch(DataRef ref) throws IOException, DataException {
        DataSet data = known.get(ref);
        if (data == null) {
            data = DataSet.parse(ref, Objects.read(ref.uri(), access));
            known.put(ref, data);
        }
        return data;
    }
}
