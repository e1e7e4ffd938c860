package dev.evomerge.inference.model;

import dev.evomerge.inference.model.ModelConfig.Layer;
import dev.evomerge.inference.model.ModelConfig.Traits;
import java.util.Collections;

/** Phi-3, Phi-3.5 and Phi-4: fused projections in the checkpoint, and a rotation that may leave a part of each head as it is. */
final class Phi3 implements Family {

    @Override
    public ModelConfig read(ConfigJson config) {
        int headDim = Family.headDim(config);
        var layer = new Layer(config.integer("sliding_window", 0), RopeReader.read(config, headDim));
        Traits traits = Traits.plain(config.activation("hidden_act"), headDim).withFusedWeights();
        return Family.config(
                config, headDim, Collections.nCopies(config.integer("num_hidden_layers"), layer), traits, false);
    }
}
