"""Prints a model's greedy answer to each question of a TSV file, one per line; with --logits, its logits over the first question instead."""

import argparse
import contextlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("model")
arguments.add_argument("questions")
arguments.add_argument("max_new_tokens", type=int)
arguments.add_argument("--trust-remote-code", action="store_true")
arguments.add_argument("--no-cache", action="store_true", help="read everything again for each token")
arguments.add_argument("--logits", action="store_true", help="one line per token of the question, in float32")
options = arguments.parse_args()

torch.set_num_threads(1)
with contextlib.redirect_stdout(sys.stderr):
    tokenizer = AutoTokenizer.from_pretrained(options.model, trust_remote_code=options.trust_remote_code)
    model = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=torch.float32, trust_remote_code=options.trust_remote_code
    ).eval()


def encode(line):
    return tokenizer(line.rstrip("\n").split("\t")[0], return_tensors="pt")


with open(options.questions, encoding="utf-8") as lines, torch.inference_mode():
    if options.logits:
        for row in model(**encode(next(lines))).logits[0].tolist():
            print(*row)
    else:
        for line in lines:
            prompt = encode(line)
            output = model.generate(
                **prompt, do_sample=False, max_new_tokens=options.max_new_tokens, use_cache=not options.no_cache
            )
            answer = output[0, prompt["input_ids"].shape[1] :]
            print(tokenizer.decode(answer, skip_special_tokens=True).replace("\n", " "))
