package dev.evomerge.recipe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A merge in parameter space: every output tensor is a function of the same tensor of each source.
 *
 * <p>{@code slices} lists the output's layers from first to last; tensors that belong to no layer (embeddings, final norm, head)
 * are merged with the parameters of the first slice (embeddings) and of the last one (norm and head), as mergekit does. A merge
 * of whole models has one slice whose sources have no layer range.
 *
 * @param method     the merge method
 * @param base       the model that task vectors start from; required by methods that {@linkplain MergeMethod#needsBase() need it}
 * @param slices     the output's layers, at least one slice
 * @param parameters parameters that apply to every source unless a source or slice sets its own, by mergekit's names
 * @param dtype      the type of the output's tensors ("float32", "float16", "bfloat16"), or empty for that of the base or first source
 * @param seed       seeds the random methods (DARE, DELLA); draws depend on it, the tensor's name and the element's index only
 */
public record WeightMerge(
        MergeMethod method,
        Optional<String> base,
        List<Slice> slices,
        Map<String, Parameter> parameters,
        Optional<String> dtype,
        long seed)
        implements Recipe {

    public WeightMerge {
        slices = List.copyOf(slices);
        parameters = Map.copyOf(parameters);
        if (slices.isEmpty()) {
            throw new RecipeException("a merge needs at least one slice, found none");
        }
        if (method.needsBase() && base.isEmpty()) {
            throw new RecipeException("method '" + method.id() + "' needs a base model, found none");
        }
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

    @Override
    public SortedSet<String> models() {
        var names = new TreeSet<String>();
        base.ifPresent(names::add);
        slices.forEach(slice -> slice.sources().forEach(source -> names.add(source.model())));
        return names;
    }
}
