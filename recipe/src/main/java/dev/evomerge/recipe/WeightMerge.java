package dev.evomerge.recipe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A merge in parameter space: every output tensor is a function of the same tensor of each source.
 *
 * <p>{@code slices} lists the output's layers from first to last; tensors that belong to no layer (embeddings, final norm, head)
 * are merged with the parameters of the first slice (embeddings) and of the last one (norm and head), as mergekit does. A merge
 * of whole models has one slice whose sources have no layer range. A base model need not be among the sources.
 *
 * <p>Sums are computed in 32-bit floating point whatever the types of sources and output.
 *
 * @param method       the merge method
 * @param base         the model that task vectors start from; required by methods that {@linkplain MergeMethod#needsBase() need it}
 * @param slices       the output's layers, at least one slice
 * @param parameters   parameters that apply to every source unless a source or slice sets its own, by mergekit's names; what is
 *                     not set has mergekit's default ({@link MergeMethod#defaultOf}), so {@code normalize} is on for linear and TIES
 * @param rescale      how thinned task vectors are rescaled; only {@link Rescale#NONE} for methods that do not thin
 * @param dtype        the type of the output's tensors ("float32", "float16", "bfloat16"), or empty for that of the base or first source
 * @param tokenizer    whose vocabulary the output has; empty: the base's or first source's, and all sources must have the same size
 * @param chatTemplate a Jinja template for the output's tokenizer; {@link #AUTO_TEMPLATE} for the one that most models have; or empty for
 *                     that of the model that gives the tokenizer
 * @param seed         seeds the random methods (DARE, DELLA); draws depend on it, the model's name, the tensor's name and the
 *                     element's index only
 */
public record WeightMerge(
        MergeMethod method,
        Optional<String> base,
        List<Slice> slices,
        Map<String, Parameter> parameters,
        Rescale rescale,
        Optional<String> dtype,
        Optional<TokenizerSource> tokenizer,
        Optional<String> chatTemplate,
        long seed)
        implements Recipe {

    /** The {@code chatTemplate} that stands for the one that most models have. */
    public static final String AUTO_TEMPLATE = "auto";

    private static final Set<String> DTYPES = Set.of("float32", "float16", "bfloat16");

    public WeightMerge {
        slices = List.copyOf(slices);
        parameters = Map.copyOf(parameters);
        if (slices.isEmpty()) {
            throw new RecipeException("a merge needs at least one slice, found none");
        }
        if (method.needsBase() && base.isEmpty()) {
            throw new RecipeException("method '" + method.id() + "' needs a base model, found none");
        }
        if (rescale != Rescale.NONE && !method.sparsifies()) {
            throw new RecipeException(
                    "method '" + method.id() + "' drops nothing and so cannot rescale, found " + rescale);
        }
        if (rescale == Rescale.INVERSE_DENSITY && !method.isRandom()) {
            throw new RecipeException(
                    "rescaling by 1/density is for methods that drop at random, found '" + method.id() + "'");
        }
        dtype.filter(name -> !DTYPES.contains(name)).ifPresent(name -> {
            throw new RecipeException(Names.unknown("dtype", name, DTYPES));
        });
        ParameterChecks.check(method, slices, parameters);
    }

    /** A merge with the {@linkplain Rescale#defaultOf default rescaling} and the base's or first source's tokenizer. */
    public WeightMerge(
            MergeMethod method,
            Optional<String> base,
            List<Slice> slices,
            Map<String, Parameter> parameters,
            Optional<String> dtype,
            long seed) {
        this(
                method,
                base,
                slices,
                parameters,
                Rescale.defaultOf(method),
                dtype,
                Optional.empty(),
                Optional.empty(),
                seed);
    }

    /** A merge of whole models: one slice over all layers. */
    public static WeightMerge of(
            MergeMethod method,
            Optional<String> base,
            List<Source> sources,
            Map<String, Parameter> parameters,
            long seed) {
        return new WeightMerge(method, base, List.of(new Slice(sources, Map.of())), parameters, Optional.empty(), seed);
    }

    /** The same merge with another rescaling. */
    public WeightMerge withRescale(Rescale rescale) {
        return new WeightMerge(method, base, slices, parameters, rescale, dtype, tokenizer, chatTemplate, seed);
    }

    /** The same merge with tensors of another type. */
    public WeightMerge withDtype(String dtype) {
        return new WeightMerge(
                method, base, slices, parameters, rescale, Optional.of(dtype), tokenizer, chatTemplate, seed);
    }

    /** The model that gives configuration, dtype and tokenizer where nothing else is said: the base, or else the first source. */
    public String reference() {
        return base.orElseGet(() -> slices.getFirst().sources().getFirst().model());
    }

    @Override
    public SortedSet<String> models() {
        var names = new TreeSet<String>();
        base.ifPresent(names::add);
        slices.forEach(slice -> slice.sources().forEach(source -> names.add(source.model())));
        tokenizer.ifPresent(from -> {
            if (from instanceof TokenizerSource.Model(String name)) {
                names.add(name);
            }
        });
        return names;
    }
}
