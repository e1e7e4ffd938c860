package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Activation;
import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;
import java.util.Collections;
import java.util.List;

/** Llama 1 to 3: the plain form that the other families vary. */
final class Llama implements Family {

    @Override
    public ModelConfig read(ConfigJson config) {
        int headDim = headDim(config);
        Activation activation = config.activation("hidden_act");
        boolean attentionBias = config.flag("attention_bias", false);
        Traits traits = Traits.plain(activation, headDim)
                .withBiases(attentionBias, attentionBias, config.flag("mlp_bias", false));
        var layer = new Layer(0, RopeReader.read(config, headDim));
        return read(
                config,
                headDim,
                Collections.nCopies(config.integer("num_hidden_layers"), layer),
                traits,
                config.flag("tie_word_embeddings", false));
    }

    /** The keys that all families share. */
    static ModelConfig read(ConfigJson config, int headDim, List<Layer> layers, Traits traits, boolean tied) {
        int heads = config.integer("num_attention_heads");
        return new ModelConfig(
                config.texts("architectures").getFirst(),
                config.integer("vocab_size"),
                config.integer("hidden_size"),
                config.integer("intermediate_size"),
                heads,
                config.integer("num_key_value_heads", heads),
                headDim,
                config.integer("max_position_embeddings"),
                config.number("rms_norm_eps", 1e-6),
                tied,
                layers,
                traits,
                config.endOfText());
    }

    static int headDim(ConfigJson config) {
        return config.integer("head_dim", config.integer("hidden_size") / config.integer("num_attention_heads"));
    }
}
