package dev.evomerge.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/**
 * What a config.json says about a decoder-only transformer, in terms that all families share.
 *
 * @param architecture the family's class in transformers: {@code LlamaForCausalLM}
 * @param vocabulary   rows of the embedding
 * @param hidden       width of the residual stream
 * @param intermediate width of the feed-forward block
 * @param heads        query heads
 * @param kvHeads      key and value heads; divides {@code heads}
 * @param headDim      width of one head
 * @param context      the most positions that the model was made for
 * @param normEps      added to the mean square by the norms
 * @param tied         whether the head uses the embedding's weights
 * @param layers       each layer's kind of attention, from the first to the last
 * @param path         how tokens pass through the layers: each once and unscaled, but in models that were made as layer paths
 * @param traits       what sets the family apart
 * @param endOfText    token ids that end an answer
 */
public record ModelConfig(
        String architecture,
        int vocabulary,
        int hidden,
        int intermediate,
        int heads,
        int kvHeads,
        int headDim,
        int context,
        double normEps,
        boolean tied,
        List<Layer> layers,
        List<Visit> path,
        Traits traits,
        List<Integer> endOfText) {

    public ModelConfig {
        layers = List.copyOf(layers);
        path = List.copyOf(path);
        endOfText = List.copyOf(endOfText);
        if (kvHeads < 1 || heads % kvHeads != 0) {
            throw new IllegalArgumentException("num_key_value_heads is " + kvHeads
                    + ", expected a divisor of num_attention_heads, which is " + heads);
        }
    }

    /**
     * Reads the configuration of any family that runs here.
     *
     * @param name       what to call the model in messages
     * @param json       its config.json
     * @param generation its generation_config.json if there is one; what ends a text there comes before what does in config.json
     * @throws UnsupportedModelException if the family, or something in its configuration, is not one of those that run here
     */
    public static ModelConfig read(String name, JsonNode json, Optional<byte[]> generation) {
        ModelConfig config = Family.read(name, json);
        List<Integer> ends = generation
                .map(bytes -> ConfigJson.parse(name + ": generation_config.json", bytes)
                        .endOfText())
                .orElse(List.of());
        return ends.isEmpty() ? config : config.withEndOfText(ends);
    }

    private ModelConfig withEndOfText(List<Integer> ends) {
        return new ModelConfig(
                architecture,
                vocabulary,
                hidden,
                intermediate,
                heads,
                kvHeads,
                headDim,
                context,
                normEps,
                tied,
                layers,
                path,
                traits,
                ends);
    }

    /**
     * A layer's attention.
     *
     * @param window how many positions a token sees, itself included; 0 for all
     * @param rope   its rotary position embedding
     */
    public record Layer(int window, Rope rope) {}

    /**
     * One step on the way of a token.
     *
     * @param layer which layer it passes, from 0
     * @param scale what the pending output of the block before is multiplied by as it enters
     */
    public record Visit(int layer, double scale) {}

    /**
     * Where families differ.
     *
     * @param activation      of the feed-forward block's gate
     * @param qkvBias         biases on the query, key and value projections
     * @param outputBias      a bias on the attention's output projection
     * @param mlpBias         biases in the feed-forward block
     * @param qkNorm          root-mean-square norms over each query and key head before the rotation
     * @param unitOffsetNorms norms multiply by 1 + weight, in float32
     * @param sandwichNorms   norms after as well as before attention and feed-forward block
     * @param fusedWeights    the checkpoint holds query, key and value as one tensor, and gate and up as one
     * @param attentionScale  multiplies the attention scores
     * @param attentionCap    attention scores s become cap·tanh(s/cap); 0 for none
     * @param logitCap        the same for logits
     * @param embeddingScale  multiplies the embeddings
     */
    public record Traits(
            Activation activation,
            boolean qkvBias,
            boolean outputBias,
            boolean mlpBias,
            boolean qkNorm,
            boolean unitOffsetNorms,
            boolean sandwichNorms,
            boolean fusedWeights,
            double attentionScale,
            double attentionCap,
            double logitCap,
            double embeddingScale) {

        /** A llama: no biases, no norms but the two, nothing capped or scaled. */
        static Traits plain(Activation activation, int headDim) {
            return new Traits(
                    activation, false, false, false, false, false, false, false, 1 / Math.sqrt(headDim), 0, 0, 1);
        }

        Traits withBiases(boolean qkv, boolean output, boolean mlp) {
            return new Traits(
                    activation,
                    qkv,
                    output,
                    mlp,
                    qkNorm,
                    unitOffsetNorms,
                    sandwichNorms,
                    fusedWeights,
                    attentionScale,
                    attentionCap,
                    logitCap,
                    embeddingScale);
        }

        Traits withQkNorm() {
            return new Traits(
                    activation,
                    qkvBias,
                    outputBias,
                    mlpBias,
                    true,
                    unitOffsetNorms,
                    sandwichNorms,
                    fusedWeights,
                    attentionScale,
                    attentionCap,
                    logitCap,
                    embeddingScale);
        }

        Traits withFusedWeights() {
            return new Traits(
                    activation,
                    qkvBias,
                    outputBias,
                    mlpBias,
                    qkNorm,
                    unitOffsetNorms,
                    sandwichNorms,
                    true,
                    attentionScale,
                    attentionCap,
                    logitCap,
                    embeddingScale);
        }
    }

    /** The gate's activation. */
    public enum Activation {
        SILU,
        /** The tanh approximation of GELU. */
        GELU_TANH
    }

    /** How many query heads share a key and value head. */
    public int group() {
        return heads / kvHeads;
    }
}
