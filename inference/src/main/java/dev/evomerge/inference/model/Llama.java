package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;
import java.util.Collections;

/** Llama 1 to 3: the plain form that the other families vary. */
final class Llama implements Family {

    @Override
    public ModelConfig read(ConfigJson config) {
        int headDim = Family.headDim(config);
        boolean attentionBias = config.flag("attention_bias", false);
        Traits traits = Traits.plain(config.activation("hidden_act"), headDim)
                .withBiases(attentionBias, attentionBias, config.flag("mlp_bias", false));
        var layer = new Layer(0, RopeReader.read(config, headDim));
        return Family.config(
                config, headDim, Collections.nCopies(config.integer("num_hidden_layers"), layer), traits, false);
    }
}
