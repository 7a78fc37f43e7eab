"""Makes `many.strings.json`: 2,000 natural and nasty strings, the same on every machine.

    python many_strings.py

Every tokenizer of the fixtures is compared with the reference on all of them; see `make_digests.py`.
"""

import json
import random
from pathlib import Path

from many_sentences import CODE, SENTENCES, WORDS
from nasty import NASTY

COUNT = 2000
SPACES = [" ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2000", "\u2003",
          "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]
INVISIBLE = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\xad", "\u034f", "\u180e", "\u200e", "\u200f", "\u202a",
             "\u202e", "\u202c", "\u2066", "\u2069", "\ufe0f", "\ufe0e", "\U000e0020", "\U000e0100", "\ufffc"]
SPECIALS = ["<|endoftext|>", "<s>", "</s>", "<unk>", "<pad>", "<mask>", "[CLS]", "[SEP]", "[MASK]", "[UNK]", "<|im_start|>",
            "<|im_end|>", "<|begin_of_text|>", "<bos>", "<eos>", "<0x0A>", "<0x41>", "##ing", "\u2581", "\u2581the", "\u0120the",
            "</w>", "<extra_id_0>", "Foobar", "foobar", "<|endoftext", "<MASK>", "[cls]", "<|IM_START|>"]
EMOJI = ["\U0001f600", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
         "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea\U0001f1ef", "\u2764\ufe0f", "1\ufe0f\u20e3",
         "\U0001f469\U0001f3fe\u200d\U0001f680", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\u263a", "\u00a9\ufe0f"]
BASES = list("aAeEiIoOuUnNcCzZqQdD") + ["\u0251", "\u03b1", "\u03c9", "\u0438", "\u05e9", "\u0628", "\u0915", "\u304b", "\u30cf", "\u1100", "\u1112"]
MARKS = [chr(code) for code in range(0x300, 0x370)] + [chr(code) for code in (
    0x591, 0x5b0, 0x5bc, 0x5c1, 0x64b, 0x651, 0x670, 0x93c, 0x94d, 0xe31, 0xe38, 0x1161, 0x1175, 0x11a8, 0x11c2, 0x3099, 0x309a,
    0x20d0, 0x20e3, 0xfe20, 0x1dc0, 0x0f71, 0x0f74, 0x1d165)]
# First and last scalar of blocks that pipelines treat in different ways.
BLOCKS = [(0x20, 0x7e), (0x20, 0x7e), (0xa1, 0x24f), (0x250, 0x2ff), (0x370, 0x3ff), (0x400, 0x52f), (0x531, 0x58f), (0x5d0, 0x5ea),
          (0x600, 0x6ff), (0x900, 0x97f), (0xe01, 0xe5b), (0xf00, 0xfbc), (0x10a0, 0x10ff), (0x1100, 0x11ff), (0x1e00, 0x1eff),
          (0x1f00, 0x1fff), (0x2010, 0x2064), (0x2070, 0x209c), (0x20a0, 0x20bf), (0x2100, 0x218b), (0x2190, 0x23ff),
          (0x2460, 0x24ff), (0x2500, 0x27bf), (0x2e80, 0x2fd5), (0x3001, 0x30ff), (0x3131, 0x318e), (0x3200, 0x33ff),
          (0x4e00, 0x9fff), (0xac00, 0xd7a3), (0xe000, 0xe0ff), (0xf900, 0xfa6d), (0xfb00, 0xfb4f), (0xfb50, 0xfdff),
          (0xfe30, 0xfe6f), (0xff01, 0xffee), (0x10330, 0x1034a), (0x1d400, 0x1d7ff), (0x1f000, 0x1faff), (0x20000, 0x2a6df),
          (0x2f800, 0x2fa1d), (0xe0000, 0xe01ef), (0x100000, 0x10fffd)]
CONTROLS = [chr(code) for code in (*range(0, 0x20), *range(0x7f, 0xa0))]
ODD = ["\ufffd", "\ufffe", "\uffff", "\ufdd0", "\U0001fffe", "\U0010ffff", "\u0378", "\u212a", "\u212b", "\u0130", "\u0131", "\u017f", "\u1e9e",
       "\u0340", "\u0344", "\u0958", "\u2126", "\ufb2c", "\ufdfa", "\u3392", "\u33ff", "\U0001d15e"]


def words(generator, low, high):
    return [generator.choice(WORDS) for _ in range(generator.randint(low, high))]


def number(generator):
    value = generator.randint(0, 10 ** generator.randint(1, 12))
    return generator.choice([str(value), f"{value:,}", f"{value / 100:.2f}", f"-{value}", f"0x{value:X}", f"{value}%", f"${value}", f"{value}th"])


def sentence(generator):
    line = generator.choice(SENTENCES)
    kind = generator.randrange(6)
    if kind == 0:
        return line + generator.choice([" ", "\n", "  ", ""]) + generator.choice(SENTENCES)
    if kind == 1:
        start = generator.randrange(len(line) // 2)
        return line[start:start + generator.randint(5, 60)]
    if kind == 2:
        return line.upper() if generator.random() < 0.5 else line.title()
    if kind == 3:
        return " ".join(generator.sample(line.split(" "), len(line.split(" "))))
    return line


def english(generator):
    parts = words(generator, 3, 12)
    parts.insert(generator.randrange(len(parts)), number(generator))
    return parts[0].capitalize() + " " + generator.choice([" ", " ", ", ", "-", "; "]).join(parts[1:]) + generator.choice([".", "!", "?", "...", ""])


def code(generator):
    line = generator.choice(CODE)
    kind = generator.randrange(4)
    if kind == 0:
        return "\n".join("    " * generator.randrange(4) + part for part in line.split("\n"))
    if kind == 1:
        return line.replace("\n", "\r\n").replace("    ", "\t")
    if kind == 2:
        return line[generator.randrange(len(line) // 2):] + generator.choice(["\n", "\n\n", " \n", "\t"]) + generator.choice(CODE)[:40]
    return line


def mixed(generator, pool, glue=("", " ", "x")):
    return "".join(generator.choice(pool) + generator.choice(glue) for _ in range(generator.randint(2, 12)))


def marks(generator):
    return "".join(
        generator.choice(BASES) + "".join(generator.choice(MARKS) for _ in range(generator.choice([0, 1, 1, 2, 3]))) + generator.choice(["", "", " "])
        for _ in range(generator.randint(1, 10)))


def scalars(generator):
    first, last = generator.choice(BLOCKS)
    other = generator.choice(BLOCKS)
    return "".join(
        chr(generator.randint(*(other if generator.random() < 0.2 else (first, last)))) + generator.choice(["", "", "", " "])
        for _ in range(generator.randint(1, 14)))


def run(generator):
    unit = generator.choice(["a", "ab", "=", "-", " ", "\n", "0", "9", "the", "\u00e9", "\u4e2d", "\U0001f600", "\u0301", "A", "_", "\t", "\xa0", ".", "\r\n"])
    return generator.choice(["", "x", " "]) + unit * generator.choice([5, 17, 33, 64, 101, 200]) + generator.choice(["", "y", " z"])


def special(generator):
    parts = []
    for _ in range(generator.randint(2, 6)):
        parts.append(generator.choice(SPECIALS) if generator.random() < 0.6 else generator.choice(WORDS))
    return generator.choice(["", " ", "\n", "  "]).join(parts)


def spaced(generator):
    return generator.choice(SPACES + [""]) + "".join(word + generator.choice(SPACES) * generator.choice([1, 1, 1, 2, 3]) for word in words(generator, 2, 7))


# How many strings of each kind, after the hand-written ones.
KINDS = [
    (sentence, 420), (english, 220), (code, 260), (marks, 130), (scalars, 290), (run, 60), (special, 140), (spaced, 130),
    (lambda generator: mixed(generator, EMOJI + ["ok", "!"]), 70),
    (lambda generator: mixed(generator, INVISIBLE + WORDS[:60]), 80),
    (lambda generator: mixed(generator, CONTROLS + WORDS[:20]), 60),
    (lambda generator: mixed(generator, ODD + WORDS[:15]), 40),
]


def many_strings():
    generator = random.Random(20)
    strings = list(dict.fromkeys(NASTY + SENTENCES + CODE))
    seen = set(strings)
    for make, count in KINDS:
        while count:
            text = make(generator)
            if text not in seen:
                seen.add(text)
                strings.append(text)
                count -= 1
    while len(strings) < COUNT:
        text = " ".join(scalars(generator) + generator.choice(WORDS) for _ in range(2))
        if text not in seen:
            seen.add(text)
            strings.append(text)
    return strings[:COUNT]


if __name__ == "__main__":
    rows = ",\n".join(json.dumps(text) for text in many_strings())
    (Path(__file__).parent / "many.strings.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")
