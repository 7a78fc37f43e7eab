"""Makes the Unigram and WordLevel fixtures and the golden ids that the tests compare with.

    python make_unigram.py [COUNT [FILE]]

Needs `tokenizers` (0.23). Every output is the same on every run. The models are small: their pieces and scores are
drawn so that paths of equal score, unknown runs, byte fallback and a spelled-out unknown token all occur.
"""

import json
import random
import struct
import sys
from pathlib import Path

from tokenizers import Tokenizer

from nasty import NASTY

HERE = Path(__file__).parent


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def pieces(rng, letters, count, longest):
    found = dict.fromkeys(letters)
    while len(found) < count:
        found["".join(rng.choice(letters) for _ in range(rng.randint(2, longest)))] = None
    return list(found)


def unigram(seed, letters, count, coarse=False, positive=False, **options):
    """Coarse scores make ties common; fine ones have the digits of float32 numbers, as published models do."""
    rng = random.Random(seed)
    vocab = [["<unk>", 0], ["", -1.5]] if seed % 2 else [["<unk>", 0.0]]
    if options.get("byte_fallback"):
        vocab += [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    for piece in pieces(rng, letters, count, 5):
        score = -float(rng.randint(1, 6)) / 2 if coarse else float32(-rng.random() * 12 - 1e-3)
        vocab.append([piece, -score if positive else score])
    return {"type": "Unigram", "vocab": vocab, "unk_id": 0, "byte_fallback": False, **options}


def models():
    latin = list("abcde\u2581 ")
    mixed = latin + list("\u00e9\u65e5\u672c\u0301\U0001F600")
    some_bytes = unigram(6, latin, 40)
    some_bytes["vocab"] += [[f"<0x{byte:02X}>", -3.0] for byte in range(0x20, 0x7F)]
    some_bytes["byte_fallback"] = True
    holes = unigram(7, mixed, 60)
    holes["vocab"] = [entry for entry in holes["vocab"] if entry[0] not in ("a", "\u65e5")] + [["xx", -200.0]]
    return [
        unigram(1, latin, 60, coarse=True),
        unigram(2, latin, 60),
        unigram(3, mixed, 90, coarse=True, byte_fallback=True),
        unigram(4, mixed, 90),
        unigram(5, latin, 30, coarse=True, positive=True),
        some_bytes,
        holes,
        {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1, "ab": 2, "Hello, world!": 5}, "unk_token": "[UNK]"},
    ]


def texts(count):
    rng = random.Random(9)
    letters = list("aaabbbcccddeee\u2581\u2581 ") + list("x\u00e9\u65e5\u672c\u0301\U0001F600z") + ["<unk>", "<0x41>"]
    made = ["".join(rng.choice(letters) for _ in range(rng.randint(1, 40))) for _ in range(count)]
    return NASTY + ["a", "ab", "abc"] + made


def main(count=100, file=HERE / "unigram.golden.json"):
    rows = []
    for model in models():
        tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", "model": model}))
        cases = []
        for text in texts(int(count)):
            encoding = tokenizer.encode(text)
            starts = [0]
            for character in text:
                starts.append(starts[-1] + len(character.encode("utf-8")))
            spans = [[starts[start], starts[end]] for start, end in encoding.offsets]
            cases.append([text, encoding.ids, spans])
        rows.append({"model": model, "cases": cases})
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    Path(file).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
