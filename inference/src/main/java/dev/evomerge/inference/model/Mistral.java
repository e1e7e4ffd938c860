package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;
import java.util.Collections;

/** Mistral: a Llama whose layers may all see a sliding window only. */
final class Mistral implements Family {

    @Override
    public ModelConfig read(ConfigJson config) {
        int headDim = Family.headDim(config);
        var layer = new Layer(config.integer("sliding_window", 0), RopeReader.read(config, headDim));
        return Family.config(
                config,
                headDim,
                Collections.nCopies(config.integer("num_hidden_layers"), layer),
                Traits.plain(config.activation("hidden_act"), headDim),
                false);
    }
}
