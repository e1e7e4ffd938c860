package dev.evomerge.recipe;

import java.util.Collection;
import java.util.Comparator;

/** Messages about names that are not known. */
final class Names {

    private Names() {}

    /** Says that a name is unknown, which known one is nearest, and which there are. */
    static String unknown(String what, String found, Collection<String> known) {
        var sorted = known.stream().sorted().toList();
        var nearest = sorted.stream().min(Comparator.comparingInt(name -> distance(found, name)));
        String hint = nearest.filter(name -> distance(found, name) <= Math.max(2, found.length() / 3))
                .map(name -> "; did you mean '" + name + "'?")
                .orElse("");
        return "unknown " + what + " '" + found + "'" + hint + (hint.isEmpty() ? ", " : " ") + "Known: "
                + (sorted.isEmpty() ? "none" : String.join(", ", sorted));
    }

    /** Insertions, deletions, replacements and swaps of neighbours from one name to the other (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int edit = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
                cost[i][j] = Math.min(edit, cost[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
