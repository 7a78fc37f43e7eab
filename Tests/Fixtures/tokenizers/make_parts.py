"""Makes the golden values of pre-tokenizers and decoders that the tests compare with, part by part.

    python make_parts.py [COUNT [FILE]]

Needs `tokenizers` (0.23). COUNT random texts (60) and the nasty ones go through each pre-tokenizer. The regular
expressions are those of published tokenizers, as their files spell them. The output is the same on every run.
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer, models

from nasty import NASTY

HERE = Path(__file__).parent
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
LEAD = r"[^\r\n\p{L}\p{N}]?"
BLANKS = r"\s*[\r\n]+|\s+(?!\S)|\s+"


def cased(contraction, digits):
    return (
        f"{LEAD}{UPPER}*{LOWER}+{contraction}|{LEAD}{UPPER}+{LOWER}*{contraction}|{digits}"
        rf"| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{BLANKS}")


# Each expression with the tokenizers it was published with.
REGEXES = {
    "GPT-4o, Llama 4": cased(CONTRACTION + "?", r"\p{N}{1,3}"),
    "Mistral Nemo": cased("", r"\p{N}"),
    "GPT-4": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "Phi-4, OLMo 2": rf"{CONTRACTION}|{LEAD}\p{{L}}+|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{BLANKS}",
    "DeepSeek V3, numbers": r"\p{N}{1,3}",
    "DeepSeek V3, ideographs": "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    "DeepSeek V3, words":
        r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
        rf"| ?[\p{{P}}\p{{S}}]+[\r\n]*|{BLANKS}",
    "DeepSeek LLM, line ends": r"[\r\n]",
    "DeepSeek LLM, letters": r"\s?\p{L}+",
    "DeepSeek LLM, punctuation": r"\s?\p{P}+",
    "DeepSeek LLM, ideographs": "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
    "BLOOM": " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+",
    "CLIP": r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "Falcon": "[0-9][0-9][0-9]",
    "GPT-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "Whitespace": r"\w+|[^\w\s]+",
    "T5": " {2,}",
}


def pre_tokenizers():
    for regex in REGEXES.values():
        yield {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    yield {"type": "Split", "pattern": {"Regex": REGEXES["CLIP"]}, "behavior": "Removed", "invert": True}
    yield {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    yield {"type": "CharDelimiterSplit", "delimiter": "a"}
    yield {"type": "CharDelimiterSplit", "delimiter": " "}
    yield {"type": "FixedLength", "length": 1}
    yield {"type": "FixedLength", "length": 4}
    yield {"type": "UnicodeScripts"}
    yield {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "FixedLength", "length": 3}]}
    yield {"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always"}]}
    yield {"type": "Sequence", "pretokenizers": [{"type": "UnicodeScripts"}, {"type": "Digits", "individual_digits": True}]}


DECODERS = [
    {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
    {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": False},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": False},
    {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
    {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "never", "split": True},
    {"type": "BPEDecoder", "suffix": "</w>"},
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    {"type": "Replace", "pattern": {"String": "a"}, "content": "<>"},
    {"type": "Replace", "pattern": {"Regex": "a+b?"}, "content": ""},
    {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    {"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": "a", "start": 2, "stop": 0}]},
]
TOKENS = [
    "a", "a", "b", "<pad>", "<pad>", "|", "h<pad>i", "e", "l", "l", "<pad>", "l", "o", " n't", " .", " ,", " do not", " ' ", "##ing",
    "##", "\u2581the", "\u2581\u2581", "\u2581", "low</w>", "er</w>", "</w></w>", "<0x41>", "<0xE4>", "<0xBD>", "<0xA0>", "<0xff>", "<0xG0>",
    "\u0120the", "\u00e2\u0122\u00ac", "\u00e2", "\u4f60", "aab", "aaab", " a ", "caf\u00e9", "a</w>##",
]


def token_lists():
    rng = random.Random(8)
    lists = [[token] for token in TOKENS]
    return lists + [[rng.choice(TOKENS) for _ in range(rng.randint(2, 12))] for _ in range(120)]


def texts(count):
    rng = random.Random(5)
    blocks = [
        (0x20, 0x7E), (0x41, 0x5A), (0x61, 0x7A), (0x30, 0x39), (0x09, 0x0D), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF),
        (0x900, 0x97F), (0xE00, 0xE4F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x2150, 0x218F), (0x3000, 0x30FF), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3),
        (0xFF00, 0xFFEF), (0x1F300, 0x1F64F), (0x1D400, 0x1D7FF)]
    pieces = ["'s", "'LL", " ", "  ", "\n", "\r\n", "/", "Ab", "aB", "|", "(", ")", "_", "\u01c5", "\u02b0", "\u0301", "123", "\u2026", "<|endoftext|>"]
    made = []
    for _ in range(count):
        made.append("".join(
            rng.choice(pieces) if rng.random() < 0.5 else chr(rng.randint(*rng.choice(blocks))) for _ in range(rng.randint(1, 30))))
    return NASTY + made


def spans(text, pieces):
    starts = [0]
    for character in text:
        starts.append(starts[-1] + len(character.encode("utf-8")))
    return [starts[place] for _, span in pieces for place in span]


def main(count=60, file=HERE / "parts.golden.json"):
    blank = json.loads(Tokenizer(models.BPE()).to_str())
    inputs = texts(int(count))
    rows = [{"texts": inputs, "tokens": token_lists()}]
    for part in pre_tokenizers():
        cutter = Tokenizer.from_str(json.dumps({**blank, "pre_tokenizer": part})).pre_tokenizer
        rows.append({"pre_tokenizer": part, "spans": [spans(text, cutter.pre_tokenize_str(text)) for text in inputs]})
    for part in DECODERS:
        decoder = Tokenizer.from_str(json.dumps({**blank, "decoder": part})).decoder
        rows.append({"decoder": part, "decoded": [decoder.decode(list(tokens)) for tokens in token_lists()]})
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    Path(file).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
