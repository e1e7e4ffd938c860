package dev.evomerge.search;

import dev.evomerge.recipe.MergeMethod;
import java.util.List;
import java.util.Optional;

/** What a genome means: how its numbers become a recipe. */
public sealed interface Space {

    /** The models that recipes of this space read, in the order of the genome. */
    List<String> models();

    /**
     * Parameter space: per model, layer group and tensor kind a weight and, where the method has one, a density.
     *
     * @param method         the merge method
     * @param models         the models to mix, in the order of the genome
     * @param layersPerGroup consecutive layers that share parameters; empty for one group over the whole model
     * @param kinds          tensor kinds with parameters of their own, each once; the tensors of all other kinds share theirs
     * @param weight         bounds of a weight
     * @param density        bounds of a density, within (0, 1]
     * @param normalize      whether weights are divided by their sum; off in the paper
     */
    record ParameterSpace(
            MergeMethod method,
            List<String> models,
            Optional<Integer> layersPerGroup,
            List<TensorKind> kinds,
            Bounds weight,
            Bounds density,
            boolean normalize)
            implements Space {

        public ParameterSpace {
            models = List.copyOf(models);
            kinds = List.copyOf(kinds);
        }

        /** Parameters that do not depend on the kind of a tensor. */
        public ParameterSpace(
                MergeMethod method,
                List<String> models,
                Optional<Integer> layersPerGroup,
                Bounds weight,
                Bounds density,
                boolean normalize) {
            this(method, models, layersPerGroup, List.of(), weight, density, normalize);
        }
    }

    /**
     * Data flow space: the path of a token through the layers of several models of one width, and a scale per hop.
     *
     * @param models   first the model that gives tokenizer, embeddings and head
     * @param repeats  how often the row of all layers is laid out (paper's encoding) or a layer visited in a row (compact encoding), ≥ 1
     * @param encoding how paths become numbers
     * @param scale    bounds of a hop's scale; 1 must lie within
     */
    record DataFlowSpace(List<String> models, int repeats, PathEncoding encoding, Bounds scale) implements Space {
        public DataFlowSpace {
            models = List.copyOf(models);
        }
    }

    /** How a path becomes numbers. */
    enum PathEncoding {
        /** An indicator per slot and a scale per pair of layers (arXiv 2403.13187): 4286 numbers for two models of 32 layers and 3 repeats. */
        PAPER,
        /** Per depth: whose layer, how often, and one scale: 96 variables for two models of 32 layers. */
        COMPACT
    }

    /** Tensors of one role; a kind is recognised by a part of the tensor's name, as in mergekit's filters. */
    enum TensorKind {
        ATTENTION("self_attn"),
        MLP("mlp"),
        NORMS("norm"),
        EMBEDDINGS("embed_tokens"),
        HEAD("lm_head");

        private final String filter;

        TensorKind(String filter) {
            this.filter = filter;
        }

        /** What names of such tensors contain. */
        public String filter() {
            return filter;
        }
    }

    /** A closed interval of values, {@code low < high}. */
    record Bounds(double low, double high) {}
}
