"""Makes the fixtures of MergekitTest: small random models, recipes, and what mergekit makes of them.

    python -m venv venv && venv/bin/pip install mergekit==0.1.5 torch==2.7.1
    venv/bin/python make_fixtures.py ../resources/mergekit

The versions that were used are written to VERSIONS.txt beside the fixtures.
"""

import importlib.metadata
import json
import pathlib
import shutil
import sys
import tempfile

import torch
import yaml
from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

LAYERS, HIDDEN, INNER, VOCABULARY = 2, 16, 24, 32


def shapes():
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for i in range(LAYERS):
        layer = f"model.layers.{i}."
        for name in ("q", "k", "v", "o"):
            yield f"{layer}self_attn.{name}_proj.weight", (HIDDEN, HIDDEN)
        yield layer + "mlp.gate_proj.weight", (INNER, HIDDEN)
        yield layer + "mlp.up_proj.weight", (INNER, HIDDEN)
        yield layer + "mlp.down_proj.weight", (HIDDEN, INNER)
        yield layer + "input_layernorm.weight", (HIDDEN,)
        yield layer + "post_attention_layernorm.weight", (HIDDEN,)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def write_models(folder):
    generator = torch.Generator().manual_seed(2403)
    base = {name: torch.randn(shape, generator=generator) * 0.05 for name, shape in shapes()}
    models = {"base": base}
    for name in ("a", "b", "c"):
        models[name] = {key: value + torch.randn(value.shape, generator=generator) * 0.01 for key, value in base.items()}
    models["bf16"] = {key: value.to(torch.bfloat16) for key, value in models["a"].items()}
    models["f16"] = {key: value.to(torch.float16) for key, value in models["b"].items()}
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "vocab_size": VOCABULARY,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
    }
    for name, tensors in models.items():
        place = folder / name
        place.mkdir(parents=True)
        save_file(tensors, place / "model.safetensors", metadata={"format": "pt"})
        (place / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def add_models_with_tokenizers(folder):
    """Models whose vocabularies share some tokens, under other numbers, and have some of their own."""
    generator = torch.Generator().manual_seed(11)
    letters = list("abcdefghijklmnop")
    vocabularies = {
        "words": (letters + ["ab", "cd"], ["<s>", "</s>"]),
        "more": (letters[::-1] + ["cd", "ef", "gh"], ["</s>", "<s>", "<tool>"]),
        "other": (letters[4:] + letters[:4] + ["gh", "ij"], ["<s>", "ef", "</s>"]),
    }
    base = load_file(folder / "base" / "model.safetensors")
    config = json.loads((folder / "base" / "config.json").read_text())
    for name, (tokens, added) in vocabularies.items():
        place = folder / name
        place.mkdir()
        size = len(tokens) + len(added)
        weights = {}
        for key, value in base.items():
            shape = (size, HIDDEN) if key.startswith(("lm_head", "model.embed")) else value.shape
            weights[key] = torch.randn(shape, generator=generator) * 0.05
        save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
        (place / "config.json").write_text(json.dumps({**config, "vocab_size": size}, indent=2) + "\n")
        tokenizer = {
            "version": "1.0",
            "added_tokens": [
                {
                    "id": len(tokens) + i,
                    "content": token,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                    "special": token.startswith("<"),
                }
                for i, token in enumerate(added)
            ],
            "model": {
                "type": "BPE",
                "vocab": {token: i for i, token in enumerate(tokens)},
                "merges": [list(token) for token in tokens if len(token) == 2],
            },
        }
        (place / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1) + "\n")
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
        (place / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")


def sources(**models):
    return [{"model": name, "parameters": parameters} for name, parameters in models.items()]


def task_vectors(method, parameters=None, **extra):
    each = dict(extra)
    return {
        "merge_method": method,
        "base_model": "base",
        "models": sources(a={"weight": 0.6, **each}, b={"weight": 0.9, **each}, c={"weight": -0.3, **each}),
        "parameters": parameters or {},
        "dtype": "float32",
    }


def cases():
    linear = {
        "merge_method": "linear",
        "models": sources(a={"weight": 0.25}, b={"weight": 1.5}, c={"weight": 0.4}),
        "dtype": "float32",
    }
    yield "linear", linear
    yield "linear-sum", {**linear, "parameters": {"normalize": False}}
    yield "linear-bfloat16", {**linear, "out_dtype": "bfloat16"}
    yield "linear-float16", {**linear, "out_dtype": "float16"}
    yield "linear-mixed", {
        "merge_method": "linear",
        "models": sources(bf16={"weight": 0.5}, f16={"weight": 0.3}, c={"weight": 0.4}),
        "dtype": "float32",
    }
    yield "linear-gradient", {
        "merge_method": "linear",
        "models": sources(
            a={"weight": [{"filter": "self_attn", "value": [0, 1]}, {"filter": "mlp", "value": [1, 0.25]}, {"value": 0.3}]},
            b={"weight": [0.9, 0.1]},
        ),
        "dtype": "float32",
    }
    yield "linear-base", {
        "merge_method": "linear",
        "base_model": "base",
        "models": sources(a={}, b={}),
        "parameters": {"weight": 0.5},
        "dtype": "float32",
    }
    yield "task-arithmetic", task_vectors("task_arithmetic")
    yield "task-arithmetic-normalized", task_vectors("task_arithmetic", {"normalize": True, "lambda": 0.7})
    yield "task-arithmetic-bfloat16", {**task_vectors("task_arithmetic"), "out_dtype": "bfloat16"}
    yield "ties", task_vectors("ties", density=0.4)
    yield "ties-sum", task_vectors("ties", {"normalize": False, "int8_mask": True, "lambda": 1.2}, density=0.4)
    yield "ties-rescaled", task_vectors("ties", {"rescale": True}, density=0.3)
    yield "ties-bfloat16", {**task_vectors("ties", density=0.4), "out_dtype": "bfloat16"}
    yield "dare-ties-everything", task_vectors("dare_ties", density=1.0)
    yield "della-everything", task_vectors("della", density=1.0)
    yield "breadcrumbs", task_vectors("breadcrumbs", density=0.5, gamma=0.1)
    yield "breadcrumbs-ties", task_vectors("breadcrumbs_ties", {"rescale": True}, density=0.6, gamma=0.05)
    yield "breadcrumbs-dense", task_vectors("breadcrumbs", density=0.95, gamma=0.1)
    two = [{"model": "a"}, {"model": "b"}]
    three = [{"model": "a"}, {"model": "b"}, {"model": "c"}]
    slerp = {
        "merge_method": "slerp",
        "base_model": "a",
        "models": two,
        "parameters": {"t": [{"filter": "self_attn", "value": [0, 0.7]}, {"filter": "mlp", "value": [1, 0.5]}, {"value": 0.5}]},
        "dtype": "float32",
    }
    yield "slerp", slerp
    far = {"merge_method": "slerp", "base_model": "base", "models": [{"model": "base"}, {"model": "far"}]}
    yield "slerp-far", {**far, "parameters": {"t": 0.35}, "dtype": "float32"}
    yield "slerp-bfloat16", {**slerp, "out_dtype": "bfloat16"}
    nuslerp = {
        "merge_method": "nuslerp",
        "models": sources(a={"weight": 0.4}, far={"weight": 0.9}),
        "dtype": "float32",
    }
    yield "nuslerp", nuslerp
    yield "nuslerp-base", {**nuslerp, "base_model": "base"}
    yield "nuslerp-rows", {**nuslerp, "parameters": {"nuslerp_flatten": False}}
    yield "nuslerp-columns", {
        **nuslerp,
        "base_model": "base",
        "parameters": {"nuslerp_flatten": False, "nuslerp_row_wise": True},
    }
    multislerp = {
        "merge_method": "multislerp",
        "models": sources(a={"weight": 0.4}, far={"weight": 0.9}, c={"weight": 0.2}),
        "dtype": "float32",
    }
    yield "multislerp", multislerp
    yield "multislerp-base", {**multislerp, "base_model": "base", "parameters": {"normalize_weights": False}}
    yield "karcher", {"merge_method": "karcher", "models": [*three, {"model": "far"}], "dtype": "float32"}
    stock = {"merge_method": "model_stock", "base_model": "base", "models": three, "dtype": "float32"}
    yield "model-stock", stock
    yield "model-stock-filters", {**stock, "parameters": {"filter_wise": True}}
    sce = {"merge_method": "sce", "base_model": "base", "models": [*three, {"model": "far"}], "dtype": "float32"}
    yield "sce", {**sce, "parameters": {"select_topk": 0.4}}
    yield "sce-everything", sce
    yield "nearswap", {
        "merge_method": "nearswap",
        "base_model": "a",
        "models": two,
        "parameters": {"t": 0.004},
        "dtype": "float32",
    }
    yield "slices", {
        "merge_method": "passthrough",
        "slices": [
            {"sources": [{"model": "a", "layer_range": [0, 2]}]},
            {"sources": [{"model": "b", "layer_range": [1, 2], "parameters": {"scale": [{"filter": "o_proj", "value": 0}, {"value": 1}]}}]},
            {"sources": [{"model": "c", "layer_range": [0, 2]}]},
        ],
        "dtype": "float32",
    }
    yield "slices-linear", {
        "merge_method": "linear",
        "slices": [
            {
                "sources": [
                    {"model": "a", "layer_range": [0, 2], "parameters": {"weight": [0.2, 0.8]}},
                    {"model": "b", "layer_range": [0, 2], "parameters": {"weight": 0.5}},
                ]
            },
            {"sources": [{"model": "c", "layer_range": [1, 2], "parameters": {"weight": 2}}]},
        ],
        "dtype": "float32",
    }


def tokenizer_cases():
    three = sources(words={"weight": 0.5}, more={"weight": 0.3}, other={"weight": 0.4})
    linear = {"merge_method": "linear", "models": three, "dtype": "float32"}
    yield "tokenizer-union", {**linear, "tokenizer_source": "union"}
    yield "tokenizer-union-with-base", {**linear, "base_model": "words", "tokenizer": {"source": "union"}}
    yield "tokenizer-base", {**linear, "base_model": "words", "tokenizer_source": "base"}
    yield "tokenizer-model", {**linear, "tokenizer_source": "more"}
    yield "tokenizer-task-vectors", {
        "merge_method": "task_arithmetic",
        "base_model": "words",
        "models": sources(more={"weight": 0.6}, other={"weight": 0.7}),
        "dtype": "float32",
        "tokenizer_source": "union",
    }


def add_far_model(folder):
    """A model at a wide angle from the others, so that spherical methods differ from linear ones."""
    generator = torch.Generator().manual_seed(7)
    base = load_file(folder / "base" / "model.safetensors")
    far = {key: 0.3 * value + torch.randn(value.shape, generator=generator) * 0.05 for key, value in base.items()}
    (folder / "far").mkdir()
    save_file(far, folder / "far" / "model.safetensors", metadata={"format": "pt"})
    shutil.copy(folder / "base" / "config.json", folder / "far" / "config.json")


def absolute(tree, folder):
    """The same recipe with the models' folders instead of their names."""
    if isinstance(tree, dict):
        return {
            key: str(folder / value)
            if key in ("model", "base_model") or (key == "tokenizer_source" and value not in ("base", "union"))
            else absolute(value, folder)
            for key, value in tree.items()
        }
    return [absolute(entry, folder) for entry in tree] if isinstance(tree, list) else tree


def main(target):
    shutil.rmtree(target, ignore_errors=True)
    models = target / "models"
    write_models(models)
    add_far_model(models)
    add_models_with_tokenizers(models)
    (target / "cases").mkdir()
    options = MergeOptions(cuda=False, copy_tokenizer=False, write_model_card=False, quiet=True)
    for name, recipe in (*cases(), *tokenizer_cases()):
        with tempfile.TemporaryDirectory() as out:
            run_merge(MergeConfiguration.model_validate(absolute(recipe, models)), out, options)
            (file,) = pathlib.Path(out).glob("*.safetensors")
            shutil.copy(file, target / "cases" / f"{name}.safetensors")
            if name.startswith("tokenizer"):
                tokens = AutoTokenizer.from_pretrained(out).get_vocab()
                text = json.dumps(tokens, indent=1, sort_keys=True) + "\n"
                (target / "cases" / f"{name}.tokens.json").write_text(text)
        (target / "cases" / f"{name}.yml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    packages = ("mergekit", "torch", "safetensors", "transformers")
    (target / "VERSIONS.txt").write_text("".join(f"{name} {importlib.metadata.version(name)}\n" for name in packages))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
