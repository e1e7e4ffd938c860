"""Scores a model folder on a question set with transformers, to compare with evomerge's own evaluator.

    python score.py data/test.tsv models/maths models/japanese

Needs torch 2.7.1, transformers 5.23.0, tokenizers 0.23.3, safetensors 0.8.0.
"""

import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def responses(folder, questions):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompts = tokenizer(questions, return_tensors="pt", padding=True, return_token_type_ids=False)
    with torch.inference_mode():
        tokens = model.generate(**prompts, max_new_tokens=32, do_sample=False)
    return tokenizer.batch_decode(tokens[:, prompts["input_ids"].shape[1] :], skip_special_tokens=True)


def main(question_set, *folders):
    torch.set_num_threads(1)
    with open(question_set, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    for folder in folders:
        found = [text.rsplit(":", 1)[-1] for text in responses(folder, [row[0] for row in rows])]
        correct = sum(answer == row[1] for answer, row in zip(found, rows))
        print(f"{folder}: {correct} of {len(rows)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
