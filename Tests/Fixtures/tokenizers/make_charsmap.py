"""Makes small SentencePiece character maps and the golden texts that the tests compare with.

    python make_charsmap.py [RULE COUNT FILE]

Needs `tokenizers` (0.23) and `sentencepiece` (0.2). Without arguments it writes charsmap.golden.json with the rules
below; with them, FILE has COUNT random texts under one of SentencePiece's own rules (nmt_nfkc, nmt_nfkc_cf).
"""

import base64
import io
import json
import random
import sys
import tempfile
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer

from nasty import CORPUS, NASTY

HERE = Path(__file__).parent
# Source and target scalars: pairs, deletions, a rule that begins another, a cluster of more than five bytes.
RULES = [
    ("\ufb01", "fi"), ("e\u0301", "\u00e9"), ("\u0301", ""), ("\u00c5", "A\u030a"), ("\r", " "), ("\t", " "),
    ("\u30ab\uff9e", "\u30ac"), ("\uff76\uff9e", "\u30ac"), ("\uff76", "\u30ab"), ("\u2122", "TM"), ("\x1e", ""),
    ("\u200d", " "), ("\ufdfa", "abcdefghijklmnop"), ("\U0001F44D\U0001F3FD", "!"), ("\u0e33", "\u0e4d\u0e32"),
    ("\u0915\u094d\u0937", "x"), ("\u1112\u1161", "\ud558"), ("\U0001F1EB", "F"),
]


def field(message, wanted):
    """The first length-delimited field of this number in a protocol-buffer message."""
    position = 0

    def number():
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(message):
        key = number()
        size = {0: lambda: number() * 0, 1: lambda: 8, 2: number, 5: lambda: 4}[key & 7]()
        if key == wanted << 3 | 2:
            return message[position:position + size]
        position += size
    raise KeyError(wanted)


def train(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS if isinstance(CORPUS, list) else CORPUS.splitlines()), model_writer=model,
        vocab_size=400, hard_vocab_limit=False, minloglevel=2, **options)
    # normalizer_spec.precompiled_charsmap
    return field(field(model.getvalue(), 3), 2)


def small():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        for source, target in RULES:
            rules.write("\t".join(" ".join(f"{ord(c):X}" for c in part) for part in (source, target)) + "\n")
        rules.flush()
        return train(normalization_rule_tsv=rules.name)


def texts(count):
    rng = random.Random(4)
    blocks = [
        (0x20, 0x7E), (0x61, 0x7A), (0, 0x20), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F),
        (0x980, 0xDFF), (0xE00, 0xEFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x2000, 0x206F), (0x2100, 0x24FF),
        (0x3040, 0x30FF), (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FB), (0xF900, 0xFFFD), (0x1F1E6, 0x1F1FF),
        (0x1F300, 0x1FAFF), (0x1D400, 0x1D7FF), (0x11000, 0x114FF), (0xE0000, 0xE01EF)]
    sources = [source for source, _ in RULES]
    special = ["\r\n", "\n", "\u200d", "\u0301", "\u094d", "\u0600", "\ufe0f", "\U0001F3FD", "a", " ", "\u200c"]
    made = []
    for _ in range(count):
        text = ""
        for _ in range(rng.randint(1, 30)):
            kind = rng.random()
            text += rng.choice(sources) if kind < 0.2 else rng.choice(special) if kind < 0.4 else chr(rng.randint(*rng.choice(blocks)))
        made.append(text)
    return NASTY + made


def main(rule=None, count=200, file=HERE / "charsmap.golden.json"):
    charsmap = base64.b64encode(train(normalization_rule_name=rule) if rule else small()).decode()
    part = {"type": "Precompiled", "precompiled_charsmap": charsmap}
    tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", "normalizer": part, "model": {"type": "BPE", "vocab": {}, "merges": []}}))
    cases = [[text, tokenizer.normalizer.normalize_str(text)] for text in texts(int(count))]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    head = json.dumps(part, separators=(",", ":"))
    Path(file).write_text(f'{{"normalizer":{head},\n"cases":[\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
