#!/usr/bin/env python3
"""transformers' side of bench/inference: MODEL DTYPE THREADS CASE...; one line "case value unit" per result.
Or: make FOLDER SIZE, which writes a random Llama of 27 or 252 million parameters."""
import os
import sys
import time

import torch
from transformers import AutoModelForCausalLM, CompileConfig, LlamaConfig

clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter
SIZES = {"27m": dict(hidden_size=384, intermediate_size=1024, num_hidden_layers=8, num_attention_heads=6, num_key_value_heads=2, vocab_size=16000),
         "252m": dict(hidden_size=1024, intermediate_size=2816, num_hidden_layers=16, num_attention_heads=16, num_key_value_heads=8,
                      vocab_size=32000)}


def make(folder, size):
    torch.manual_seed(1)
    config = LlamaConfig(**SIZES[size], max_position_embeddings=2048)
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)


def prompt(length, seed, vocabulary):
    state, tokens = seed, []
    for _ in range(length):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        tokens.append(3 + (state >> 8) % (vocabulary - 3))
    return tokens


def main():
    if sys.argv[1] == "make":
        return make(*sys.argv[2:])
    folder, dtype, threads, *cases = sys.argv[1:]
    torch.set_grad_enabled(False)
    torch.set_num_threads(int(threads))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype={"BF16": torch.bfloat16, "F32": torch.float32}[dtype]).eval()
    vocabulary = model.config.vocab_size

    on_all_devices = CompileConfig(fullgraph=False, mode="default")
    on_all_devices._compile_all_devices = True  # generate() compiles for accelerators only unless told so
    caches = {"decode": {}, "static": dict(cache_implementation="static", disable_compile=True),
              "compiled": dict(cache_implementation="static", compile_config=on_all_devices)}

    def generate(ids, tokens, mask=None, ends=None, kind="decode"):
        start = clock()
        extra = caches[kind]
        out = model.generate(ids, attention_mask=torch.ones_like(ids) if mask is None else mask, max_new_tokens=tokens, do_sample=False,
                             min_new_tokens=None if ends else tokens, eos_token_id=ends, pad_token_id=0, **extra)
        return clock() - start, out[:, ids.shape[1]:]

    for case in cases:
        kind, *numbers = case.split(":")
        numbers = [int(n) for n in numbers]
        if kind in caches:
            batch, length, tokens = numbers
            ids = torch.tensor([prompt(length, i + 1, vocabulary) for i in range(batch)])
            # Each length of a static cache is compiled anew: not part of what is measured.
            for new in (tokens + 1, 1) * 2 if kind == "compiled" else (tokens + 1,):
                generate(ids, new, kind=kind)
            first, _ = generate(ids, 1, kind=kind)
            both, _ = generate(ids, tokens + 1, kind=kind)
            print(f"{case} prefill {batch * length / first:.1f} tokens/s")
            print(f"{case} decode {batch * tokens / (both - first):.1f} tokens/s", flush=True)
        elif kind == "task":
            questions, limit = numbers
            prompts = sorted((prompt(8 + (i * 37) % 57, i + 1, vocabulary) for i in range(questions)), key=len)
            ends = list(range(3, vocabulary, 40))
            best = None
            for batch in (16, 32, 64, 128):
                took = total = 0
                for at in range(0, questions, batch):
                    part = prompts[at:at + batch]
                    longest = max(map(len, part))
                    ids = torch.tensor([[0] * (longest - len(p)) + p for p in part])
                    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in part])
                    seconds, out = generate(ids, limit, mask, ends)
                    took += seconds
                    total += int((out != 0).sum())
                best = min(best or (took, batch, total), (took, batch, total))
            print(f"{case} all {best[0]:.3f} s")
            print(f"{case} batch {best[1]} questions")
            print(f"{case} tokens {best[2]} tokens", flush=True)


main()
