package dev.evomerge.experiment.spec;

import dev.evomerge.contract.CandidateManifest;
import dev.evomerge.recipe.Recipe;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the preflight found, kept in storage so that sources and questions cannot change under a running search.
 *
 * @param apiVersion {@value CandidateManifest#API_VERSION}
 * @param models     the sources and the base by name
 * @param data       the question sets by {@code task/split}
 * @param dtype      the type of the merged model's tensors where the spec names none: the base's, or the first source's
 * @param warmStart  for each stage that begins where an earlier experiment's best candidates lie: their recipes, best first; empty if none does
 * @param fidelity   {@value #RECOMMENDED}: a stage that does not say how many questions it asks has what is recommended; empty in what older versions
 *                   have written, where it asks all of them
 */
public record Facts(
        String apiVersion,
        SortedMap<String, Model> models,
        SortedMap<String, Data> data,
        String dtype,
        Optional<SortedMap<String, List<Recipe>>> warmStart,
        Optional<String> fidelity) {

    /** Its path below an experiment's folder. */
    public static final String PATH = "preflight.json";

    private static final String RECOMMENDED = "recommended";

    public Facts {
        models = new TreeMap<>(models);
        data = new TreeMap<>(data);
    }

    public static Facts of(
            Map<String, Model> models, Map<String, Data> data, String dtype, Map<String, List<Recipe>> warmStart) {
        return new Facts(
                CandidateManifest.API_VERSION,
                new TreeMap<>(models),
                new TreeMap<>(data),
                dtype,
                warmStart.isEmpty() ? Optional.empty() : Optional.of(new TreeMap<>(warmStart)),
                Optional.of(RECOMMENDED));
    }

    /** Whether a stage that leaves its fidelity out has the recommended one. */
    boolean recommendsFidelity() {
        return fidelity.isPresent();
    }

    /** What a stage starts from: recipes, best first; empty if it starts from nothing. */
    public List<Recipe> warmStart(String stage) {
        return warmStart.map(stages -> stages.get(stage)).orElse(List.of());
    }

    /**
     * A model.
     *
     * @param layers     how many layers it has
     * @param parameters how many numbers it holds
     * @param size       what it needs of memory; empty in what older versions have written
     */
    public record Model(int layers, long parameters, Optional<Size> size) {}

    /**
     * What a model needs of memory.
     *
     * @param bytes      its tensors
     * @param cacheWidth the numbers that a token leaves in one layer's caches, keys and values; 0 if that is not known
     */
    public record Size(long bytes, int cacheWidth) {}

    /**
     * A question set.
     *
     * @param sha256    the digest of its file
     * @param questions how many there are, ≥ 1
     * @param prompt    the longest prompt that is made of one, in bytes of UTF-8; empty in what older versions have written
     */
    public record Data(String sha256, int questions, Optional<Integer> prompt) {}
}
