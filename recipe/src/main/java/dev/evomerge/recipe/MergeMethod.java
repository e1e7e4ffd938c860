package dev.evomerge.recipe;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A merge method, by mergekit's name, with the parameters that it understands. */
public enum MergeMethod {
    /** The weighted sum of the sources, by default normalised to a weight of one. */
    LINEAR("linear", false, Set.of("weight"), Set.of("normalize")),
    /** The base plus the weighted sum of the task vectors (arXiv 2212.04089). */
    TASK_ARITHMETIC("task_arithmetic", true, Set.of("weight"), Set.of("normalize", "lambda")),
    /** Trim, elect a sign, merge what agrees with it (arXiv 2306.01708). */
    TIES("ties", true, Set.of("weight", "density"), Set.of("normalize", "lambda")),
    /** Random dropping with rescaling, then the weighted sum (arXiv 2311.03099). */
    DARE_LINEAR("dare_linear", true, Set.of("weight", "density"), Set.of("normalize", "rescale", "lambda")),
    /** Random dropping with rescaling, then the sign election of TIES. */
    DARE_TIES("dare_ties", true, Set.of("weight", "density"), Set.of("normalize", "rescale", "lambda"));

    private final String id;
    private final boolean needsBase;
    private final Set<String> sourceParameters;
    private final Set<String> methodParameters;

    MergeMethod(String id, boolean needsBase, Set<String> sourceParameters, Set<String> methodParameters) {
        this.id = id;
        this.needsBase = needsBase;
        this.sourceParameters = sourceParameters;
        this.methodParameters = methodParameters;
    }

    /** The method of a name, as written in a recipe or manifest. */
    public static MergeMethod of(String id) {
        return Arrays.stream(values())
                .filter(method -> method.id.equals(id))
                .findFirst()
                .orElseThrow(() -> new RecipeException("unknown merge method '" + id + "', expected one of " + ids()));
    }

    /** All names, in the order of this enum. */
    public static List<String> ids() {
        return Arrays.stream(values()).map(MergeMethod::id).toList();
    }

    public String id() {
        return id;
    }

    /** Whether the method works on task vectors, and so needs a base model. */
    public boolean needsBase() {
        return needsBase;
    }

    /** The parameters that may be given per source. */
    public Set<String> sourceParameters() {
        return sourceParameters;
    }

    /** The parameters that may be given once for the whole merge. */
    public Set<String> methodParameters() {
        return methodParameters;
    }
}
