"""Writes what the reference makes of SentencePiece BPE vocabularies as a GGUF file carries them.

    python make_gguf_digests.py

Pieces and scores are those of `llama2-style.json` (with a blank put before a text) and `gemma-style.json` (without);
a score is minus the id, as SentencePiece's trainer gives them. The reference is `tokenizers`' BPE with every way to
join two pieces to a third as a merge, in the order of the scores, as `transformers` converts such vocabularies.
"""

import json
import tempfile
from pathlib import Path

from expected_spans import Expected
from make_digests import HERE, lines

KINDS = {"llama-gguf": "llama2-style", "gemma-gguf": "gemma-style"}


def by_scores(state):
    vocabulary = state["model"]["vocab"]
    special = {token["content"] for token in state["added_tokens"]}
    pieces = [piece for piece in sorted(vocabulary, key=vocabulary.get) if piece not in special and not piece.startswith("<0x")]
    known = set(pieces)
    merges = []
    for piece in pieces:
        for cut in range(1, len(piece)):
            if piece[:cut] in known and piece[cut:] in known:
                merges.append([piece[:cut], piece[cut:]])
    state["model"]["merges"] = merges
    # GGUF has user-defined tokens as they stand in the text.
    for token in state["added_tokens"]:
        token["content"] = token["content"].replace("\u2581", " ")
    return state


def main():
    strings = json.loads((HERE / "many.strings.json").read_text(encoding="utf-8"))
    for name, fixture in KINDS.items():
        state = by_scores(json.loads((HERE / f"{fixture}.json").read_text(encoding="utf-8")))
        state["pre_tokenizer"] = None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scores.json"
            path.write_text(json.dumps(state), encoding="utf-8")
            rows = lines(Expected(path), strings)
        alone = sum(row.endswith(" ids") for row in rows)
        head = f"# {len(rows)} strings; ids alone: {alone}"
        (HERE / f"{name}.digests.txt").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        print(name, head)


if __name__ == "__main__":
    main()
