"""Prints a model's greedy answer to each question of a TSV file, one per line: answers.py MODEL QUESTIONS.tsv MAX_NEW_TOKENS"""

import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, questions, max_new_tokens = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(1)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

with open(questions, encoding="utf-8") as lines, torch.inference_mode():
    for line in lines:
        prompt = tokenizer(line.rstrip("\n").split("\t")[0], return_tensors="pt")
        output = model.generate(**prompt, do_sample=False, max_new_tokens=max_new_tokens)
        print(tokenizer.decode(output[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True).replace("\n", " "))
