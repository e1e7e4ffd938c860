#!/usr/bin/env python3
"""The engine's program beside transformers on one GPU, with that machine's PyTorch; no network, no weights to download.

Usage: run.py [--size 7b|tiny] [--device cuda|cpu] [--batches 1,32,256] [--prompt 128] [--new 128]
Prints tokens per second of both (bfloat16, random weights), the time to switch candidates beside the time to read the sources at the
memory's bandwidth, and the peak of memory. The program is the one that Java writes (see prepare); here PyTorch's own loader runs it.
"""
import argparse
import json
import pathlib
import sys
import time

SIZES = {"7b": dict(hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8,
                    vocab_size=32000),
         "tiny": dict(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=100)}


def config(size):
    return dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_act="silu", max_position_embeddings=4096, rms_norm_eps=1e-5,
                rope_theta=10000.0, tie_word_embeddings=False, eos_token_id=2, **SIZES[size])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", choices=SIZES)
    parser.add_argument("--size", choices=SIZES, default="7b")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--batches", default="1,32,256")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=128)
    options = parser.parse_args()
    if options.config:
        return print(json.dumps(config(options.config)))

    import torch
    import transformers
    torch.set_grad_enabled(False)
    torch._C._set_graph_executor_optimize(False)
    device, cuda = torch.device(options.device), options.device.startswith("cuda")
    shape = SIZES[options.size]
    hidden, inner, layers, vocabulary = (shape[k] for k in ("hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size"))
    heads, kv_heads = shape["num_attention_heads"], shape["num_key_value_heads"]
    width = hidden // heads
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {torch.cuda.get_device_name() if cuda else 'CPU'}")

    def synchronised():
        if cuda:
            torch.cuda.synchronize()
        return time.perf_counter()

    def random(*sizes):
        return (torch.randn(sizes, device=device) * 0.02).to(torch.bfloat16)

    ones = lambda: torch.ones(hidden, device=device, dtype=torch.bfloat16)
    weights = [random(vocabulary, hidden), ones(), random(vocabulary, hidden)]
    for _ in range(layers):
        weights += [ones(), random((heads + 2 * kv_heads) * width, hidden), random(hidden, heads * width), ones(), random(2 * inner, hidden),
                    random(hidden, inner)]
    program = torch.jit.load(str(pathlib.Path(__file__).parent / f"{options.size}.pt"), map_location=device)
    positions = options.prompt + options.new + 8
    angles = torch.outer(torch.arange(positions).float(), 1 / 10000 ** (torch.arange(0, width, 2).float() / width))
    turn = lambda t: t.unsqueeze(1).to(device, torch.bfloat16)
    ropes = [turn(torch.cat([angles.cos()] * 2, 1)), turn(torch.cat([-angles.sin(), angles.sin()], 1))]
    path = ([0] * layers, [0], ropes, [1.0] * layers)
    none = (torch.jit.annotate(list, []), torch.zeros(1, 1, dtype=torch.bool), torch.zeros(1, 1))
    ends = torch.tensor([-1])

    def ours(batch, new):
        caches = [torch.zeros(batch, positions, kv_heads, width, device=device, dtype=torch.bfloat16) for _ in range(2 * layers)]
        tokens = torch.randint(3, vocabulary, (batch, options.prompt), generator=torch.Generator().manual_seed(1))
        lengths = torch.full((batch,), options.prompt)
        start = synchronised()
        # As the engine does: a few thousand tokens per call.
        rows = max(1, 2048 // options.prompt) if not cuda else max(1, 16384 // options.prompt)
        first = torch.cat([program.prefill(weights, *path, caches, at, 0, tokens[at:at + rows], lengths[at:at + rows], *none)
                           for at in range(0, batch, rows)])
        middle = synchronised()
        out = program.decode(weights, *path, caches, first, lengths, options.prompt, True, new, ends, batch + 1, *none)
        end = synchronised()
        return batch * options.prompt / (middle - start), batch * new / (end - middle), torch.cat([first[:, None], out.T], 1)

    keys = {k: v for k, v in config(options.size).items() if k not in ("architectures", "model_type")}
    with device:
        made = transformers.LlamaForCausalLM._from_config(transformers.LlamaConfig(**keys), dtype=torch.bfloat16).eval()
    made.model.embed_tokens.weight.data, made.model.norm.weight.data, made.lm_head.weight.data = weights[:3]
    query, key = heads * width, kv_heads * width
    for index, layer in enumerate(made.model.layers):
        norm, qkv, out, second, gate_up, down = weights[3 + 6 * index:9 + 6 * index]
        layer.input_layernorm.weight.data, layer.post_attention_layernorm.weight.data = norm, second
        attention = layer.self_attn
        attention.q_proj.weight.data, attention.k_proj.weight.data, attention.v_proj.weight.data = qkv.split([query, key, key])
        attention.o_proj.weight.data, layer.mlp.down_proj.weight.data = out, down
        layer.mlp.gate_proj.weight.data, layer.mlp.up_proj.weight.data = gate_up.chunk(2)

    def theirs(batch, new):
        tokens = torch.randint(3, vocabulary, (batch, options.prompt), generator=torch.Generator().manual_seed(1)).to(device)
        run = lambda n: made.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=n, min_new_tokens=n, do_sample=False,
                                      eos_token_id=None, pad_token_id=0)
        start = synchronised()
        run(1)
        middle = synchronised()
        out = run(new + 1)
        end = synchronised()
        return batch * options.prompt / (middle - start), batch * new / (end - middle - (middle - start)), out[:, options.prompt:].cpu()

    print("| batch | prefill: engine | transformers | decode: engine | transformers | ratio | equal tokens |\n" + "| --- " * 7 + "|")
    for batch in map(int, options.batches.split(",")):
        try:
            ours(batch, 2), theirs(batch, 2)
            a, b = ours(batch, options.new), theirs(batch, options.new)
            same = (a[2] == b[2]).float().mean().item()
            print(f"| {batch} | {a[0]:.0f} tokens/s | {b[0]:.0f} | {a[1]:.0f} tokens/s | {b[1]:.0f} | {a[1] / b[1]:.2f} × | {same:.0%} |", flush=True)
        except torch.OutOfMemoryError as e:
            print(f"| {batch} | out of memory: {str(e).splitlines()[0]} |")
    size = sum(w.numel() * 2 for w in weights)
    host = [torch.empty_like(w, device="cpu") for w in weights]
    start = synchronised()
    for target, source in zip(weights, host):
        target.copy_(source)
    switched = synchronised() - start
    other = [torch.empty_like(w) for w in weights]
    start = synchronised()
    for target, source in zip(other, weights):
        target.copy_(source)
    inside = synchronised() - start
    print(f"switch: {size / 1e9:.2f} GB from host memory in {switched:.3f} s ({size / 1e9 / switched:.1f} GB/s); "
          f"one pass over three sources at the device's bandwidth ({2 * size / 1e9 / inside:.0f} GB/s): {3 * size / (2 * size / inside):.3f} s")
    if cuda:
        print(f"peak memory: {torch.cuda.max_memory_allocated() / 1e9:.1f} GB of {torch.cuda.get_device_properties(0).total_memory / 1e9:.1f} GB")


if __name__ == "__main__":
    sys.exit(main())
