"""Writes which characters the reference's parts act on, over all code points, to classes.golden.json.

    python make_classes.py

Needs `tokenizers` (0.23). Every class is a list of the first and last code points of its ranges.
"""

import json
from pathlib import Path

from tokenizers import normalizers, pre_tokenizers

STRIP = normalizers.StripAccents()
BERT_ACCENTS = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
BERT_CLEAN = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
NFD, NFKD, LOWERCASE = normalizers.NFD(), normalizers.NFKD(), normalizers.Lowercase()
PUNCTUATION, DIGITS = pre_tokenizers.Punctuation("isolated"), pre_tokenizers.Digits(True)
WHITESPACE = pre_tokenizers.Whitespace()


def cuts(part, character):
    return len(part.pre_tokenize_str("a" + character)) > 1


CLASSES = {
    "strip": lambda c: STRIP.normalize_str("a" + c) == "a",
    "bertAccents": lambda c: BERT_ACCENTS.normalize_str("a" + c) == "a",
    "bertClean": lambda c: BERT_CLEAN.normalize_str("a" + c) == "a",
    "punctuation": lambda c: cuts(PUNCTUATION, c),
    "digits": lambda c: cuts(DIGITS, c),
    "word": lambda c: [word for word, _ in WHITESPACE.pre_tokenize_str("a" + c)] == ["a" + c],
    "nfd": lambda c: NFD.normalize_str(c) != c,
    "nfkd": lambda c: NFKD.normalize_str(c) != c,
    "lowercase": lambda c: LOWERCASE.normalize_str(c) != c,
    # What has a combining class above 1 lets a mark of class 1 go first.
    "reordered": lambda c: NFD.normalize_str(c) == c and NFD.normalize_str("a" + c + "\u0334") != "a" + c + "\u0334",
}


def ranges(holds):
    found = []
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000 or not holds(chr(code)):
            continue
        if found and found[-1] == code - 1:
            found[-1] = code
        else:
            found += [code, code]
    return found


if __name__ == "__main__":
    lines = ",\n".join(f'"{name}":' + json.dumps(ranges(holds), separators=(",", ":")) for name, holds in CLASSES.items())
    (Path(__file__).parent / "classes.golden.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
