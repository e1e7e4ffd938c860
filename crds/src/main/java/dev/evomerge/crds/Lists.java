package dev.evomerge.crds;

import java.util.List;
import java.util.Map;

/** Lists and maps of a resource, which are empty where they were left out. */
final class Lists {

    private Lists() {}

    static <T> List<T> copy(List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    static <V> Map<String, V> copy(Map<String, V> map) {
        return map == null ? Map.of() : Map.copyOf(map);
    }
}
