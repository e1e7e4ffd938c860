package dev.evomerge.e2e;

import java.util.List;
import java.util.Map;

/** Untyped manifests, walked by key. */
final class Yaml {

    private Yaml() {}

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> parent, String key) {
        return (Map<String, Object>) parent.get(key);
    }

    static Map<String, Object> first(Map<String, Object> parent, String key) {
        return list(parent, key).getFirst();
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Map<String, Object> parent, String key) {
        return (List<Map<String, Object>>) parent.get(key);
    }
}
