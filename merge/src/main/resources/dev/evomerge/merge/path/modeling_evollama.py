# Copyright the evomerge authors
# SPDX-License-Identifier: Apache-2.0
"""A model whose tokens take a path through its layers; the same layer may be visited more than once (arXiv 2403.13187)."""

from functools import partial

from torch import nn
from transformers import LlamaForCausalLM

from .configuration_evollama import EvoLlamaConfig


class Path(nn.ModuleList):
    """The stored layers; whoever goes through them takes the path, hop by hop."""

    def __init__(self, layers, config):
        super().__init__(layers)
        self.hops = config.input_layers
        self.scales = config.input_scales
        self.next_scale = 1.0
        for layer in layers:
            # A block's pending output is that of its feed-forward part, normed where the family does so.
            last = getattr(layer, "post_feedforward_layernorm", layer.mlp)
            last.register_forward_hook(lambda module, inputs, output: output * self.next_scale)

    def __iter__(self):
        return (partial(self.visit, hop) for hop in range(len(self.hops)))

    def __getitem__(self, index):
        return list(self)[index] if isinstance(index, slice) else super().__getitem__(index)

    def visit(self, hop, hidden_states, *args, **kwargs):
        layer = super().__getitem__(self.hops[hop])
        layer.self_attn.layer_idx = hop  # where its keys and values go
        self.next_scale = self.scales[hop + 1] if hop + 1 < len(self.hops) else 1.0
        if hop == 0:
            hidden_states = hidden_states * self.scales[0]
        return layer(hidden_states, *args, **kwargs)


class EvoLlamaForCausalLM(LlamaForCausalLM):
    config_class = EvoLlamaConfig
    # The path again, for programs that read it from there.
    _keys_to_ignore_on_load_unexpected = [r"model\.input_layers", r"model\.input_scales"]

    def __init__(self, config):
        super().__init__(config)
        self.model.layers = Path(self.model.layers, config)
        self.model.config = config.get_text_config()
