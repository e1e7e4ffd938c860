package dev.evomerge.recipe;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** A merge method, by mergekit's name, with the parameters that it understands and their defaults there. */
public enum MergeMethod {
    /** The weighted sum of the sources, by default normalised to a weight of one (arXiv 2203.05482). */
    LINEAR("linear", Base.IGNORED, Map.of("weight", required()), Map.of("normalize", 1.0)),
    /** The base plus the weighted sum of the task vectors (arXiv 2212.04089). */
    TASK_ARITHMETIC("task_arithmetic", Base.NEEDED, Map.of("weight", required(), "density", 1.0), taskVectors(0)),
    /** Trim, elect a sign, merge what agrees with it (arXiv 2306.01708). */
    TIES("ties", Base.NEEDED, Map.of("weight", required(), "density", 1.0), taskVectors(1)),
    /** Random dropping with rescaling, then the weighted sum (arXiv 2311.03099). */
    DARE_LINEAR("dare_linear", Base.NEEDED, Map.of("weight", required(), "density", 1.0), taskVectors(0)),
    /** Random dropping with rescaling, then the sign election of TIES. */
    DARE_TIES("dare_ties", Base.NEEDED, Map.of("weight", required(), "density", 1.0), taskVectors(0)),
    /** Random dropping by magnitude rank with rescaling, then the sign election (arXiv 2406.11617). */
    DELLA("della", Base.NEEDED, Map.of("weight", required(), "density", 1.0, "epsilon", 0.15), taskVectors(1)),
    /** DELLA's dropping, then the weighted sum. */
    DELLA_LINEAR(
            "della_linear", Base.NEEDED, Map.of("weight", required(), "density", 1.0, "epsilon", 0.15), taskVectors(0)),
    /** Drops the smallest and the very largest entries, then the weighted sum (arXiv 2312.06795). */
    BREADCRUMBS(
            "breadcrumbs", Base.NEEDED, Map.of("weight", required(), "density", 1.0, "gamma", 0.01), taskVectors(0)),
    /** Breadcrumbs' dropping, then the sign election of TIES. */
    BREADCRUMBS_TIES(
            "breadcrumbs_ties",
            Base.NEEDED,
            Map.of("weight", required(), "density", 1.0, "gamma", 0.01),
            taskVectors(0)),
    /** Select by variance, weigh by energy, erase the minority sign (arXiv 2408.07990). */
    SCE("sce", Base.NEEDED, Map.of(), Map.of("select_topk", 1.0, "int8_mask", 0.0)),
    /** Spherical interpolation from the base to the other of two models. */
    SLERP("slerp", Base.NEEDED, Map.of(), Map.of("t", required())),
    /** Spherical interpolation of two models or of their task vectors. */
    NUSLERP(
            "nuslerp",
            Base.OPTIONAL,
            Map.of("weight", required()),
            Map.of("nuslerp_flatten", 1.0, "nuslerp_row_wise", 0.0)),
    /** Barycentric interpolation of many models on a hypersphere. */
    MULTISLERP(
            "multislerp", Base.OPTIONAL, Map.of("weight", required()), Map.of("normalize_weights", 1.0, "eps", 1e-8)),
    /** The Karcher mean of the models on a hypersphere. */
    KARCHER("karcher", Base.IGNORED, Map.of(), Map.of("max_iter", 10.0, "tol", 1e-5)),
    /** Between base and average by the angle of the task vectors (arXiv 2403.19522). */
    MODEL_STOCK("model_stock", Base.NEEDED, Map.of(), Map.of("filter_wise", 0.0)),
    /** Moves the base to the other model where the two are near. */
    NEARSWAP("nearswap", Base.NEEDED, Map.of(), Map.of("t", required())),
    /** The source's own tensors, optionally scaled. */
    PASSTHROUGH("passthrough", Base.IGNORED, Map.of("scale", 1.0), Map.of());

    private enum Base {
        NEEDED,
        OPTIONAL,
        IGNORED
    }

    private final String id;
    private final Base base;
    private final Map<String, Double> sourceDefaults;
    private final Map<String, Double> methodDefaults;

    MergeMethod(String id, Base base, Map<String, Double> sourceDefaults, Map<String, Double> methodDefaults) {
        this.id = id;
        this.base = base;
        this.sourceDefaults = sourceDefaults;
        this.methodDefaults = methodDefaults;
    }

    /**
     * The method of a name, as written in a recipe or manifest.
     *
     * @throws RecipeException if there is none; the message names the nearest one
     */
    public static MergeMethod of(String id) {
        return Arrays.stream(values())
                .filter(method -> method.id.equals(id))
                .findFirst()
                .orElseThrow(() -> new RecipeException(Names.unknown("merge method", id, ids())));
    }

    /** All names, in the order of this enum. */
    public static List<String> ids() {
        return Arrays.stream(values()).map(MergeMethod::id).toList();
    }

    public String id() {
        return id;
    }

    /** Whether the method cannot do without a base model. */
    public boolean needsBase() {
        return base == Base.NEEDED;
    }

    /** Whether a base model takes part in the merge; if not, it only says where dtype, config and tokenizer come from. */
    public boolean usesBase() {
        return base != Base.IGNORED;
    }

    /** Whether the method thins task vectors and so knows {@link Rescale}. */
    public boolean sparsifies() {
        return sourceDefaults.containsKey("density") && this != TASK_ARITHMETIC;
    }

    /** Whether the method drops at random, and so depends on the seed. */
    public boolean isRandom() {
        return switch (this) {
            case DARE_LINEAR, DARE_TIES, DELLA, DELLA_LINEAR -> true;
            default -> false;
        };
    }

    /** The parameters that may be given per source. */
    public Set<String> sourceParameters() {
        return sourceDefaults.keySet();
    }

    /** The parameters that may be given once for the whole merge. */
    public Set<String> methodParameters() {
        return methodDefaults.keySet();
    }

    /** What a parameter is where nothing sets it, or empty if something must. */
    public OptionalDouble defaultOf(String parameter) {
        double value = sourceDefaults.getOrDefault(parameter, methodDefaults.getOrDefault(parameter, Double.NaN));
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private static Map<String, Double> taskVectors(double normalize) {
        return Map.of("normalize", normalize, "lambda", 1.0, "int8_mask", 0.0);
    }

    /** A method, because constants of an enum cannot refer to its static fields. */
    private static double required() {
        return Double.NaN;
    }
}
