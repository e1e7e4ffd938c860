package dev.evomerge.storage;

import java.util.List;

/** The rules for paths in a storage; the same for every kind, so that what works in a folder works in a bucket. */
final class ObjectPath {

    private static final List<String> REFUSED = List.of("", ".", "..");

    private ObjectPath() {}

    /** Returns the path if it names an object, else throws {@link IllegalArgumentException}: a mistake of the caller, not of the store. */
    static String check(String path) {
        for (String name : path.split("/", -1)) {
            if (REFUSED.contains(name)) {
                throw new IllegalArgumentException(
                        "'" + path + "' is no object path: it must be relative, without empty, '.' and '..' parts");
            }
        }
        return path;
    }

    /** Like {@link #check}, but a prefix may be empty or end with a slash. */
    static String checkPrefix(String prefix) {
        if (!prefix.isEmpty()) {
            check(prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix);
        }
        return prefix;
    }
}
