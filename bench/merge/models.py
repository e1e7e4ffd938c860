"""Random Llama-shaped models in BF16: a base and sources near it.

    models.py FOLDER GIGABYTES COUNT
    models.py FOLDER GIGABYTES COUNT sparse     files without content, which take no room: zeros
    models.py FOLDER 70B COUNT sparse           embedding, one layer and head of a model of 70 billion parameters

Writes FOLDER/base and FOLDER/m0 … with about GIGABYTES each; needs numpy, but for sparse ones.
"""

import json
import math
import pathlib
import struct
import sys


def shapes(hidden, inner, vocabulary, keys, layers):
    yield "lm_head.weight", (vocabulary, hidden)
    yield "model.embed_tokens.weight", (vocabulary, hidden)
    for i in range(layers):
        layer = f"model.layers.{i}."
        yield layer + "input_layernorm.weight", (hidden,)
        yield layer + "mlp.down_proj.weight", (hidden, inner)
        yield layer + "mlp.gate_proj.weight", (inner, hidden)
        yield layer + "mlp.up_proj.weight", (inner, hidden)
        yield layer + "post_attention_layernorm.weight", (hidden,)
        yield layer + "self_attn.k_proj.weight", (keys, hidden)
        yield layer + "self_attn.o_proj.weight", (hidden, hidden)
        yield layer + "self_attn.q_proj.weight", (hidden, hidden)
        yield layer + "self_attn.v_proj.weight", (keys, hidden)
    yield "model.norm.weight", (hidden,)


def sizes(size):
    """Hidden, inner, vocabulary, width of keys, layers."""
    if size == "70B":
        return 8192, 28672, 128256, 1024, 1
    hidden, inner, vocabulary, keys = 2048, 5632, 32000, 512
    per_layer = sum(math.prod(shape) for _, shape in shapes(hidden, inner, 0, keys, 1)) - hidden
    return hidden, inner, vocabulary, keys, max(1, round((float(size) * 5e8 - 2 * vocabulary * hidden) / per_layer))


def main(folder, size, count, sparse):
    hidden, inner, vocabulary, keys, layers = sizes(size)
    tensors = [(name, shape, math.prod(shape)) for name, shape in shapes(hidden, inner, vocabulary, keys, layers)]
    header, end = {}, 0
    for name, shape, elements in tensors:
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + 2 * elements]}
        end += 2 * elements
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": hidden // 64,
        "num_key_value_heads": keys // 64,
        "vocab_size": vocabulary,
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
    if sparse:
        for file in files:
            file.truncate(8 + len(text) + end)
    else:
        fill(files, [elements for _, _, elements in tensors])
    for file in files:
        file.close()


def fill(files, tensors):
    import numpy as np

    def bfloat16(values):
        return ((values.view(np.uint32) + 0x8000) >> 16).astype(np.uint16).tobytes()

    random = np.random.default_rng(1)
    for elements in tensors:
        for start in range(0, elements, 1 << 22):
            size = min(1 << 22, elements - start)
            base = random.standard_normal(size, dtype=np.float32) * 0.02
            files[0].write(bfloat16(base))
            for file in files[1:]:
                file.write(bfloat16(base + random.standard_normal(size, dtype=np.float32) * 0.002))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:] == ["sparse"])
