"""Writes, for every fixture tokenizer, what the reference makes of the strings in `many.strings.json`.

    python many_strings.py && python make_digests.py [NAME …]

`NAME.digests.txt` has one line a string: the first 8 bytes, in hexadecimal, of SHA-256 over the little-endian 32-bit
integers `id, start, end` of every token (no tokens added around the text; spans in UTF-8 bytes, widened to whole
characters). A line that ends in ` ids` is over the ids alone, since the reference's data do not give the span that the
rule of `AlignedText.swift` asks for; the first line of a file counts them.
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

from expected_spans import Expected

HERE = Path(__file__).parent


def digest(ids, spans):
    values = ids if spans is None else [value for id, span in zip(ids, spans) for value in (id, *span)]
    return hashlib.sha256(struct.pack(f"<{len(values)}i", *values)).hexdigest()[:16]


def lines(expected, strings):
    rows = []
    for text in strings:
        ids, spans = expected.encode(text)
        rows.append(digest(ids, spans) + (" ids" if spans is None else ""))
    return rows


def main(names):
    strings = json.loads((HERE / "many.strings.json").read_text(encoding="utf-8"))
    fixtures = sorted(path for path in HERE.glob("*.json") if "." not in path.stem)
    for path in fixtures:
        if names and path.stem not in names:
            continue
        rows = lines(Expected(path), strings)
        alone = sum(row.endswith(" ids") for row in rows)
        head = f"# {len(rows)} strings; ids alone: {alone}"
        (HERE / f"{path.stem}.digests.txt").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        print(path.stem, head)


if __name__ == "__main__":
    main(sys.argv[1:])
