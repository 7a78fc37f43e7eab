"""Writes what `transformers` makes of tokenizers shipped without a tokenizer.json.

    python make_file_digests.py

Needs `transformers`. The vocabulary and merges of a fixture are written as `vocab.json` and `merges.txt`, or as
`vocab.txt`, with the settings below; `NAME.digests.txt` is in the format of `make_digests.py`, its first line also
tells the ids put around a text. The Swift tests write the same files.
"""

import json
import tempfile
from pathlib import Path

from tokenizers import AddedToken
from transformers import BertTokenizerFast, GPT2TokenizerFast, RobertaTokenizerFast

from expected_spans import Expected
from make_digests import HERE, lines

# name: fixture, class, tokenizer_config.json, special_tokens_map.json
KINDS = {
    "gpt2-files": ("gpt2-style", GPT2TokenizerFast, None, None),
    "roberta-files": ("roberta-style", RobertaTokenizerFast, None, None),
    "roberta-prefix-files": (
        "roberta-style", RobertaTokenizerFast, {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True},
        {"mask_token": {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}}),
    "bert-files": ("wordpiece-uncased", BertTokenizerFast, None, None),
    "bert-cased-files": (
        "wordpiece-cased", BertTokenizerFast,
        {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "tokenize_chinese_chars": False, "strip_accents": True},
        {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}),
}


def write_files(folder, fixture, config, special):
    state = json.loads((HERE / f"{fixture}.json").read_text(encoding="utf-8"))
    vocabulary = dict(state["model"]["vocab"])
    if "merges" in state["model"]:
        vocabulary.update({token["content"]: token["id"] for token in state["added_tokens"]})
        merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in state["model"]["merges"]]
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
        (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    else:
        pieces = sorted(vocabulary, key=vocabulary.get)
        (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    for name, settings in (("tokenizer_config.json", config), ("special_tokens_map.json", special)):
        if settings is not None:
            (folder / name).write_text(json.dumps(settings), encoding="utf-8")


def main():
    strings = json.loads((HERE / "many.strings.json").read_text(encoding="utf-8"))
    for name, (fixture, kind, config, special) in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            write_files(folder, fixture, config, special)
            # Since its version 5 the class leaves this out; the tokenizer.json files that RoBERTa models were published
            # with, and earlier versions, have it.
            mask = {"mask_token": AddedToken("<mask>", lstrip=True)} if name == "roberta-files" else {}
            tokenizer = kind.from_pretrained(folder, **mask)
            path = folder / "converted.json"
            path.write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
            rows = lines(Expected(path), strings)
            around = tokenizer.backend_tokenizer.encode("").ids
        alone = sum(row.endswith(" ids") for row in rows)
        head = f"# {len(rows)} strings; ids alone: {alone}; around: {' '.join(map(str, around))}"
        (HERE / f"{name}.digests.txt").write_text("\n".join([head.strip(), *rows]) + "\n", encoding="utf-8")
        print(name, head)


if __name__ == "__main__":
    main()
