package dev.evomerge.merge;

import dev.evomerge.merge.safetensors.TensorSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Licences of models, by Hugging Face's identifiers, as their model cards state them. */
final class Licences {

    private static final Pattern FRONT_MATTER =
            Pattern.compile("\\A---\\s*\\n(.*?)\\n---\\s*(?:\\n|\\z)", Pattern.DOTALL);
    private static final Pattern LICENCE = Pattern.compile("(?m)^license:\\s*['\"]?([\\w.+-]+)['\"]?\\s*$");

    /** From what allows most to what allows least; the first that a licence starts with counts. */
    private static final List<List<String>> BY_STRICTNESS = List.of(
            List.of("cc0", "unlicense", "wtfpl", "pddl"),
            List.of("mit", "apache", "bsd", "isc", "zlib", "cc-by-4.0", "cc-by-3.0", "cc-by-2.0", "afl", "odc-by"),
            List.of("mpl", "lgpl", "cc-by-sa", "odbl", "epl"),
            List.of("gpl", "agpl", "eupl"),
            List.of("openrail", "bigscience", "creativeml", "bigcode"),
            List.of("llama", "gemma", "apple"),
            List.of("cc-by-nc-4.0", "cc-by-nc-3.0", "cc-by-nc-2.0", "cc-by-nc-sa"),
            List.of("cc-by-nd", "cc-by-nc-nd"));

    private Licences() {}

    /** What a model's README.md states in its front matter, or empty if it states nothing. */
    static Optional<String> of(TensorSource model) throws IOException {
        return model.file("README.md")
                .map(bytes -> FRONT_MATTER.matcher(new String(bytes, StandardCharsets.UTF_8)))
                .filter(Matcher::find)
                .map(front -> LICENCE.matcher(front.group(1)))
                .filter(Matcher::find)
                .map(licence -> licence.group(1).toLowerCase(java.util.Locale.ROOT));
    }

    /** The strictest of those that are known; one that this list does not rank is stricter than all it does. */
    static Optional<String> strictest(Collection<String> licences) {
        return licences.stream().sorted().max(Comparator.comparingInt(Licences::strictness));
    }

    private static int strictness(String licence) {
        int best = BY_STRICTNESS.size();
        int longest = 0;
        for (int rank = 0; rank < BY_STRICTNESS.size(); rank++) {
            for (String start : BY_STRICTNESS.get(rank)) {
                if (licence.startsWith(start) && start.length() > longest) {
                    best = rank;
                    longest = start.length();
                }
            }
        }
        return best;
    }
}
