package dev.evomerge.search.space;

import dev.evomerge.search.SearchException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Refuses lists of models that no encoding can use. */
final class ModelChecks {

    private ModelChecks() {}

    static void check(List<String> used, SortedMap<String, Integer> known) {
        if (used.isEmpty() || new LinkedHashSet<>(used).size() < used.size()) {
            throw new SearchException("expected at least one model and each once, found " + used);
        }
        for (String model : used) {
            if (!known.containsKey(model)) {
                throw new SearchException("unknown model '" + model + "', expected one of " + known.keySet());
            }
        }
    }

    /** The number of layers that all models have. */
    static int commonLayers(List<String> used, SortedMap<String, Integer> known) {
        var counts = new TreeMap<>(known);
        counts.keySet().retainAll(used);
        if (new LinkedHashSet<>(counts.values()).size() > 1) {
            throw new SearchException("models must have the same number of layers, found " + counts);
        }
        return counts.firstEntry().getValue();
    }
}
