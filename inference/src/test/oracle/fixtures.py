#!/usr/bin/env python3
"""Writes the fixtures that the engine is compared with: small random models of every family, and what transformers computes with them.

Usage: fixtures.py FOLDER [FAMILY ...]

Each fixture is a model folder (config.json, model.safetensors in float32) and expected.safetensors:
  prompts   [n, longest] int64, padded with -1
  logits    [length, vocabulary] float32: every position of the first prompt
  greedy    [n, new] int64: the tokens that generate() chooses, without end-of-text
"""
import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

PROMPTS, NEW_TOKENS = 6, 24
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
}


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
                   for n in torch.randint(1, 40, (PROMPTS,), generator=generator)]
        greedy = [made.generate(p[None], attention_mask=torch.ones_like(p)[None], max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS,
                                do_sample=False, eos_token_id=None, pad_token_id=0)[0, len(p):] for p in prompts]
        longest = max(len(p) for p in prompts)
        padded = torch.full((PROMPTS, longest), -1)
        for row, prompt in enumerate(prompts):
            padded[row, :len(prompt)] = prompt
        save_file({"prompts": padded, "logits": made(prompts[0][None]).logits[0].float().contiguous(), "greedy": torch.stack(greedy)},
                  str(folder / "expected.safetensors"),
                  metadata={"transformers": transformers.__version__, "torch": torch.__version__})
        print(name, sum(p.numel() for p in made.parameters()), "parameters")
    versions = {"transformers": transformers.__version__, "torch": torch.__version__, "python": sys.version.split()[0]}
    (root / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
