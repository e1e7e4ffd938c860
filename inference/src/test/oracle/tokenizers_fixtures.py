#!/usr/bin/env python3
"""Writes the tokenizer fixtures: small tokenizers of the kinds that model families use, and what Hugging Face's Python binding makes of a corpus.

Usage: tokenizers_fixtures.py FOLDER

Each fixture is NAME/tokenizer.json and NAME/expected.json: [{text, ids, ids_plain, decoded, decoded_special}].
"""
import json
import pathlib
import sys

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "The quick brown fox jumps over the lazy dog.", "三かける四は：3*4=12：十二", "吾輩は猫である。名前はまだ無い。", "「こんにちは」、世界！",
    "カタカナとひらがなと漢字", "ﾊﾝｶｸｶﾅ ｱｲｳ", "が ぱ", "e\u0301 é ﬁ Å", "😀😃 👩‍👩‍👧‍👦 🇯🇵 👍🏽", "  leading and   multiple    spaces  ",
    "\ttabs\tand\nnew\n\nlines\r\n", "12345 1,234 3.14159 -7 ½ ²", "don't we'll I'm they've", "<s>special</s> <|im_start|>user\nhi<|im_end|>",
    "<|im_start|><|im_start|>", "mixed 日本語 and English と 123", "\u3000全角\u3000スペース", "", " ", "\n", "a", "ab\u0000c", "\u200bzero\u200dwidth",
    "URL: https://example.org/a?b=c&d=%E3%81%82", "ÀÉÎÕÜ ñ ß ç", "Привет мир", "مرحبا بالعالم", "नमस्ते दुनिया", "x" * 100, "の" * 40,
]
LLAMA3_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_level():
    """Llama 3 and Qwen: a split by regular expression, then bytes; a template adds the first token; chat tokens are special."""
    t = Tokenizer(models.BPE(ignore_merges=True))
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3_SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(CORPUS * 2, trainers.BpeTrainer(vocab_size=420, special_tokens=["<s>", "</s>", "<|im_start|>", "<|im_end|>"],
                                                           initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", t.token_to_id("<s>"))])
    return t


def byte_fallback():
    """Llama 2, Mistral, Gemma: spaces become a visible character, unknown characters become bytes."""
    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>"]
    t.train_from_iterator(CORPUS[:3] * 4, trainers.BpeTrainer(vocab_size=400, show_progress=False,
                                                               special_tokens=special + [f"<0x{i:02X}>" for i in range(256)]))
    t.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    t.add_tokens([AddedToken("<|im_start|>", special=True, normalized=False), AddedToken("<|im_end|>", special=True, normalized=False)])
    return t


def characters():
    """One token per character, as in small models."""
    vocabulary = {c: i for i, c in enumerate(["<unk>", "<s>", "</s>"] + sorted({c for text in CORPUS[:3] for c in text} | {"\n"}))}
    t = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    t.decoder = decoders.Fuse()
    t.add_special_tokens(["<unk>", "<s>", "</s>"])
    return t


def unigram():
    """SentencePiece unigram."""
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.NFKC()
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    t.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=200, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>",
                                                            show_progress=False))
    return t


def main():
    root = pathlib.Path(sys.argv[1])
    for make in (byte_level, byte_fallback, characters, unigram):
        t = make()
        folder = root / make.__name__.replace("_", "-")
        folder.mkdir(parents=True, exist_ok=True)
        t.save(str(folder / "tokenizer.json"), pretty=False)
        rows = []
        for text in CORPUS:
            ids = t.encode(text).ids
            rows.append(dict(text=text, ids=ids, ids_plain=t.encode(text, add_special_tokens=False).ids,
                             decoded=t.decode(ids, skip_special_tokens=True), decoded_special=t.decode(ids, skip_special_tokens=False)))
        (folder / "expected.json").write_text(json.dumps(dict(tokenizers=tokenizers.__version__, rows=rows), ensure_ascii=True) + "\n")
        print(make.__name__, t.get_vocab_size())


if __name__ == "__main__":
    main()
