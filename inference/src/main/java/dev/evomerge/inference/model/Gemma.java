package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;

/** Gemma 2 (capped scores and logits) and the language models of Gemma 3 (normed heads, a rotation of its own for sliding layers). */
record Gemma(boolean third) implements Family {

    private static final int HEAD_DIM = 256;

    @Override
    public ModelConfig read(ConfigJson config) {
        int headDim = config.integer("head_dim", HEAD_DIM);
        if (config.flag("use_bidirectional_attention", false)) {
            throw config.refuse("use_bidirectional_attention is true, expected a causal model");
        }
        boolean bias = config.flag("attention_bias", false);
        var traits = new Traits(
                config.activation("hidden_activation", "hidden_act"),
                bias,
                bias,
                false,
                third,
                true,
                true,
                false,
                1 / Math.sqrt(config.number("query_pre_attn_scalar", HEAD_DIM)),
                config.number("attn_logit_softcapping", third ? 0 : 50),
                config.number("final_logit_softcapping", third ? 0 : 30),
                Math.sqrt(config.integer("hidden_size")));
        int pattern = third ? config.integer("sliding_window_pattern", 6) : 2;
        int window = config.integer("sliding_window", 4096);
        Rope full = rope(config, "full_attention", config.number("rope_theta", third ? 1_000_000 : 10_000), headDim);
        Rope sliding = third
                ? rope(config, "sliding_attention", config.number("rope_local_base_freq", 10_000), headDim)
                : full;
        var layers = Family.layers(
                config, layer -> (layer + 1) % pattern != 0, new Layer(0, full), new Layer(window, sliding));
        return Family.config(config, headDim, layers, traits, true);
    }

    /** Newer configurations describe the rotation of each kind of layer, older ones scale that of the full layers only. */
    private static Rope rope(ConfigJson config, String kind, double theta, int headDim) {
        var parameters = config.object("rope_parameters")
                .map(all -> all.object(kind).orElse(all))
                .or(() -> config.object("rope_scaling").filter(scaling -> kind.equals("full_attention")))
                .orElse(ConfigJson.empty(config.name()));
        return RopeReader.read(config, parameters, theta, headDim);
    }
}
