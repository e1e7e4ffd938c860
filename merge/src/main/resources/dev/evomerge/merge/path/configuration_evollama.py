# Copyright the evomerge authors
# SPDX-License-Identifier: Apache-2.0
"""The configuration of a model whose tokens take a path through its layers (arXiv 2403.13187)."""

import copy

from transformers import LlamaConfig


class EvoLlamaConfig(LlamaConfig):
    """
    ``num_hidden_layers`` counts the layers that are stored, each once. The path has ``num_hops`` hops: ``input_layers`` says which layer each
    visits, and ``input_scales`` what multiplies the output of the block before as it enters.
    """

    model_type = "evollama"

    def get_text_config(self, decoder=None, encoder=None):
        """What masks and caches are made for: a model with a layer per hop, as each hop has its own keys and values."""
        layers = getattr(self, "input_layers", None)
        if layers is None:
            return self
        written_out = copy.copy(self)
        written_out.input_layers = None
        written_out.num_hidden_layers = len(layers)
        types = getattr(self, "layer_types", None)
        if types is not None:
            written_out.layer_types = [types[layer] for layer in layers]
        return written_out
