"""Random Llama-shaped models in BF16: a base and sources near it.

    models.py FOLDER GIGABYTES COUNT

Writes FOLDER/base and FOLDER/m0 … with about GIGABYTES each; needs numpy.
"""

import json
import pathlib
import struct
import sys

import numpy as np

HIDDEN, INNER, VOCABULARY = 2048, 5632, 32000


def shapes(layers):
    yield "lm_head.weight", (VOCABULARY, HIDDEN)
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for i in range(layers):
        layer = f"model.layers.{i}."
        yield layer + "input_layernorm.weight", (HIDDEN,)
        yield layer + "mlp.down_proj.weight", (HIDDEN, INNER)
        yield layer + "mlp.gate_proj.weight", (INNER, HIDDEN)
        yield layer + "mlp.up_proj.weight", (INNER, HIDDEN)
        yield layer + "post_attention_layernorm.weight", (HIDDEN,)
        yield layer + "self_attn.k_proj.weight", (HIDDEN // 4, HIDDEN)
        yield layer + "self_attn.o_proj.weight", (HIDDEN, HIDDEN)
        yield layer + "self_attn.q_proj.weight", (HIDDEN, HIDDEN)
        yield layer + "self_attn.v_proj.weight", (HIDDEN // 4, HIDDEN)
    yield "model.norm.weight", (HIDDEN,)


def bfloat16(values):
    return ((values.view(np.uint32) + 0x8000) >> 16).astype(np.uint16).tobytes()


def main(folder, gigabytes, count):
    per_layer = 2 * HIDDEN * HIDDEN + HIDDEN * HIDDEN // 2 + 3 * HIDDEN * INNER + 2 * HIDDEN
    layers = max(1, round((gigabytes * 1e9 / 2 - 2 * VOCABULARY * HIDDEN) / per_layer))
    tensors = [(name, shape, int(np.prod(shape))) for name, shape in shapes(layers)]
    header, end = {}, 0
    for name, shape, elements in tensors:
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + 2 * elements]}
        end += 2 * elements
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": layers,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": VOCABULARY,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    files = []
    for name in ["base", *(f"m{i}" for i in range(count))]:
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "config.json").write_text(json.dumps(config))
        files.append(open(place / "model.safetensors", "wb"))
        files[-1].write(struct.pack("<Q", len(text)) + text)
    random = np.random.default_rng(1)
    for _, _, elements in tensors:
        for start in range(0, elements, 1 << 22):
            size = min(1 << 22, elements - start)
            base = random.standard_normal(size, dtype=np.float32) * 0.02
            files[0].write(bfloat16(base))
            for file in files[1:]:
                file.write(bfloat16(base + random.standard_normal(size, dtype=np.float32) * 0.002))
    for file in files:
        file.close()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
