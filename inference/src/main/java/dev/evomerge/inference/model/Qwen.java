package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;

/** Qwen 2 and 2.5 (biases on query, key and value) and Qwen 3 (norms on query and key heads). */
record Qwen(boolean third) implements Family {

    /** Where a config.json does not say: Qwen 3 has heads that do not divide the width. */
    private static final int THIRD_HEAD_DIM = 128;

    @Override
    public ModelConfig read(ConfigJson config) {
        int headDim = third ? config.integer("head_dim", THIRD_HEAD_DIM) : Family.headDim(config);
        int window = config.flag("use_sliding_window", false) ? config.integer("sliding_window", 0) : 0;
        int firstSliding = config.integer("max_window_layers", 28);
        Rope rope = RopeReader.read(config, headDim);
        Traits traits = Traits.plain(config.activation("hidden_act"), headDim);
        if (third) {
            boolean bias = config.flag("attention_bias", false);
            traits = traits.withBiases(bias, bias, false).withQkNorm();
        } else {
            traits = traits.withBiases(true, false, false);
        }
        var layers = Family.layers(
                config, layer -> layer >= firstSliding && window > 0, new Layer(0, rope), new Layer(window, rope));
        return Family.config(config, headDim, layers, traits, false);
    }
}
