#!/usr/bin/env python3
"""Writes the fixtures that the engine is compared with: small random models of every family, and what transformers computes with them.

Usage: fixtures.py FOLDER [FAMILY ...]

Each fixture is a model folder (config.json, model.safetensors in float32) and expected.safetensors:
  prompts   [n, longest] int64, padded with -1
  logits    [length, vocabulary] float32: every position of the first prompt
  greedy    [n, new] int64: the tokens that generate() chooses, without end-of-text
  penalised [n, new] int64: the same with a repetition penalty of 1.3
"""
import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

PROMPTS, NEW_TOKENS, HUNDRED_TOKENS = 6, 24, 32
BEAM_ENDS = [5, 17, 33, 60, 61]
SMALL = dict(vocab_size=96, hidden_size=32, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0)

# name: (model type, differences from SMALL)
FAMILIES = {
    "llama": ("llama", {}),
    "llama-tied-biased": ("llama", dict(tie_word_embeddings=True, attention_bias=True, mlp_bias=True, num_key_value_heads=4, head_dim=16)),
    "llama-scaled": ("llama", dict(rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
                                                         high_freq_factor=4.0, original_max_position_embeddings=32))),
    "llama-linear": ("llama", dict(rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0))),
    "llama-yarn": ("llama", dict(rope_parameters=dict(rope_type="yarn", rope_theta=10000.0, factor=4.0,
                                                       original_max_position_embeddings=32))),
    "mistral": ("mistral", dict(sliding_window=9, rope_parameters=dict(rope_type="default", rope_theta=1000000.0))),
    "mistral-full": ("mistral", dict(sliding_window=None, head_dim=16)),
    "qwen2": ("qwen2", dict(tie_word_embeddings=True)),
    "qwen2-sliding": ("qwen2", dict(use_sliding_window=True, sliding_window=7, max_window_layers=1)),
    "qwen3": ("qwen3", dict(head_dim=16)),
    "gemma2": ("gemma2", dict(head_dim=16, sliding_window=8, query_pre_attn_scalar=24, num_hidden_layers=4)),
    "gemma3": ("gemma3_text", dict(head_dim=16, sliding_window=8, query_pre_attn_scalar=24, num_hidden_layers=7, sliding_window_pattern=3,
                                    rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1000000.0),
                                                         sliding_attention=dict(rope_type="default", rope_theta=10000.0)))),
    "phi3": ("phi3", {}),
    "phi3-partial": ("phi3", dict(head_dim=16, rope_parameters=dict(rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5))),
    "phi3-longrope-short": ("phi3", dict(original_max_position_embeddings=96, rope_parameters=dict(
        rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.5, 2.0], long_factor=[1.0, 2.0, 4.0, 8.0],
        original_max_position_embeddings=96))),
    "phi3-longrope-long": ("phi3", dict(original_max_position_embeddings=3, rope_parameters=dict(
        rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.5, 2.0], long_factor=[1.0, 2.0, 4.0, 8.0],
        original_max_position_embeddings=3))),
}
SHORTEST_PROMPT = {"phi3-longrope-long": 4}


def model(kind, changes, seed):
    config = AutoConfig.for_model(kind, **{**SMALL, **changes})
    torch.manual_seed(seed)
    made = AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    # transformers' own initialisation gives nearly constant logits and zero biases; spread them, so that a mistake shows.
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "norm" in name:
                weight.add_(torch.randn_like(weight) * 0.2)
            elif name.endswith("bias"):
                weight.copy_(torch.randn_like(weight) * 0.2)
            else:
                weight.copy_(torch.randn_like(weight) * (1.5 / weight.shape[-1] ** 0.5))
    return made


def layer_path(root):
    """A path through two of the models, in plain PyTorch: every token is computed from scratch, without a cache."""
    from safetensors.torch import load_file
    names = ["llama", "llama-scaled"]
    made = {name: AutoModelForCausalLM.from_pretrained(root / name, dtype=torch.float32, attn_implementation="eager").eval() for name in names}
    hops = [("llama", 0, 1.0), ("llama-scaled", 1, 0.8), ("llama", 1, 1.25), ("llama", 1, 0.5), ("llama-scaled", 2, 1.0), ("llama", 2, -0.3),
            ("llama-scaled", 0, 0.9)]
    outer = made["llama"].model

    def logits(tokens):
        pending, stream = outer.embed_tokens(tokens[None]), 0.0
        positions = torch.arange(len(tokens))[None]
        mask = torch.full((len(tokens), len(tokens)), float("-inf")).triu(1)[None, None]
        for name, index, scale in hops:
            layer, rotary = made[name].model.layers[index], made[name].model.rotary_emb
            stream = stream + scale * pending
            attended, _ = layer.self_attn(hidden_states=layer.input_layernorm(stream), position_embeddings=rotary(stream, positions),
                                          attention_mask=mask)
            stream = stream + attended
            pending = layer.mlp(layer.post_attention_layernorm(stream))
        return made["llama"].lm_head(outer.norm(stream + pending))[0]

    saved = load_file(root / "llama" / "expected.safetensors")
    greedy = []
    for row in saved["prompts"]:
        tokens = row[row >= 0]
        length = len(tokens)
        for _ in range(NEW_TOKENS):
            tokens = torch.cat([tokens, logits(tokens)[-1].argmax()[None]])
        greedy.append(tokens[length:])
    first = saved["prompts"][0]
    folder = root / "path"
    folder.mkdir(exist_ok=True)
    save_file({"prompts": saved["prompts"], "logits": logits(first[first >= 0]).contiguous(), "greedy": torch.stack(greedy)},
              str(folder / "expected.safetensors"), metadata={"torch": torch.__version__})
    (folder / "path.json").write_text(json.dumps([dict(model=m, layer=l, scale=s) for m, l, s in hops]) + "\n")


def hundred(root):
    """A hundred prompts of 1 to 60 tokens, and the greedy answers of the llama to each; the best beams of four to the first ten."""
    made = AutoModelForCausalLM.from_pretrained(root / "llama", dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(100)
    lengths = torch.randint(1, 61, (100,), generator=generator)
    prompts = torch.full((100, 60), -1)
    for row, length in enumerate(lengths):
        prompts[row, :length] = torch.randint(3, made.config.vocab_size, (int(length),), generator=generator)

    def answers(rows, **options):
        out = torch.full((len(rows), HUNDRED_TOKENS), -1)
        for row, prompt in enumerate(rows):
            prompt = prompt[prompt >= 0]
            answer = made.generate(prompt[None], attention_mask=torch.ones_like(prompt)[None], max_new_tokens=HUNDRED_TOKENS, do_sample=False,
                                   pad_token_id=0, **options)[0, len(prompt):]
            out[row, :len(answer)] = answer
        return out

    folder = root / "hundred"
    folder.mkdir(exist_ok=True)
    beams = {f"beams{n}": answers(prompts[:10], num_beams=n, eos_token_id=BEAM_ENDS) for n in (2, 4)}
    save_file({"prompts": prompts, "logits": torch.zeros(1), "greedy": answers(prompts, eos_token_id=None), **beams},
              str(folder / "expected.safetensors"), metadata={"transformers": transformers.__version__, "torch": torch.__version__})


def main():
    root = pathlib.Path(sys.argv[1])
    names = sys.argv[2:] or list(FAMILIES)
    torch.set_grad_enabled(False)
    for seed, (name, (kind, changes)) in enumerate(FAMILIES.items()):
        if name not in names:
            continue
        made = model(kind, changes, seed)
        folder = root / name
        made.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        generator = torch.Generator().manual_seed(1000 + seed)
        vocabulary = made.config.get_text_config().vocab_size
        prompts = [torch.randint(3, vocabulary, (int(n),), generator=generator)
                   for n in torch.randint(SHORTEST_PROMPT.get(name, 1), 40, (PROMPTS,), generator=generator)]
        greedy = [made.generate(p[None], attention_mask=torch.ones_like(p)[None], max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS,
                                do_sample=False, eos_token_id=None, pad_token_id=0)[0, len(p):] for p in prompts]
        penalised = [made.generate(p[None], attention_mask=torch.ones_like(p)[None], max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS,
                                   do_sample=False, eos_token_id=None, pad_token_id=0, repetition_penalty=1.3)[0, len(p):] for p in prompts]
        longest = max(len(p) for p in prompts)
        padded = torch.full((PROMPTS, longest), -1)
        for row, prompt in enumerate(prompts):
            padded[row, :len(prompt)] = prompt
        save_file({"prompts": padded, "logits": made(prompts[0][None]).logits[0].float().contiguous(), "greedy": torch.stack(greedy), "penalised": torch.stack(penalised)},
                  str(folder / "expected.safetensors"),
                  metadata={"transformers": transformers.__version__, "torch": torch.__version__})
        print(name, sum(p.numel() for p in made.parameters()), "parameters")
    if "llama" in names:
        layer_path(root)
        hundred(root)
    versions = {"transformers": transformers.__version__, "torch": torch.__version__, "python": sys.version.split()[0]}
    (root / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
