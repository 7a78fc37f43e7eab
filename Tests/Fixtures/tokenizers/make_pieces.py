"""Makes pieces.golden.json: ids of texts that are tokenized around their leaves.

    python make_pieces.py SMOLLM2.gguf MINILM_tokenizer.json

Needs `tokenizers` (0.23) and `gguf`. The reference library knows no pieces. A piece behind another is encoded by a
tokenizer whose file puts nothing before a text (no Prepend, no add_prefix_space, prepend_scheme "never", no Strip);
one that begins within a word of WordPiece, by a greedy search for continuing pieces, written here.
"""

import copy
import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

HERE = Path(__file__).parent
PYTHON = ("def f(x):\n    return x", ["def", "f", "(", "x", ")", ":", "return", "x"])
SCRIPT = ("a+=naïve.c(12345, é)  // ok\n", ["a", "+=", "naïve", ".", "c", "(", "12345", ",", "é", ")", "//", "ok"])
INSIDE = ("foobar 12345 returning", ["foo", "bar", "12", "345", "return", "ing"])
FIXTURES = ["smollm-style", "gpt2-style", "llama3-style", "roberta-style", "llama2-style", "metaspace", "t5-style",
            "xlmr-style", "wordpiece-uncased"]


def ranges(text, leaves):
    """Bytes of the leaves, found from left to right."""
    found, start = [], 0
    for leaf in leaves:
        start = text.index(leaf, start)
        found.append((len(text[:start].encode()), len(text[:start + len(leaf)].encode())))
        start += len(leaf)
    return found


def without_beginnings(node):
    """A tokenizer's file that treats the beginning of a text like any place in it."""
    if isinstance(node, list):
        return [without_beginnings(part) for part in node if not (isinstance(part, dict) and part.get("type") in ("Prepend", "Strip"))]
    if not isinstance(node, dict):
        return node
    node = {key: without_beginnings(value) for key, value in node.items()}
    if node.get("type") == "ByteLevel":
        node["add_prefix_space"] = False
    if node.get("type") == "Metaspace":
        node["prepend_scheme"] = "never"
    return node


class Reference:
    def __init__(self, description):
        description = copy.deepcopy(description)
        description["truncation"] = description["padding"] = None
        self.first = Tokenizer.from_str(json.dumps(description))
        changed = dict(description)
        for key in ("normalizer", "pre_tokenizer"):
            changed[key] = without_beginnings(description[key])
        self.later = Tokenizer.from_str(json.dumps(changed))
        self.splits_blanks = "WhitespaceSplit" in json.dumps(description["pre_tokenizer"])
        self.wordpiece = description["model"] if description["model"].get("type") == "WordPiece" else None

    def ids(self, tokenizer, text):
        return tokenizer.encode(text, add_special_tokens=False).ids

    def piece(self, text, piece):
        """Ids of a piece that stands behind `text`."""
        if not text:
            return self.ids(self.first, piece)
        if self.wordpiece:
            if not (text[-1].isalnum() and piece[0].isalnum()):
                return self.ids(self.first, piece)
            assert piece.isalnum()
            return self.continuing(self.first.normalizer.normalize_str(piece))
        # Here a blank before a word is left out, and put there again.
        return self.ids(self.first if self.splits_blanks and piece[0].isspace() else self.later, piece)

    def continuing(self, word):
        ids, vocab = [], self.wordpiece["vocab"]
        while word:
            end = next((end for end in range(len(word), 0, -1) if "##" + word[:end] in vocab), None)
            if end is None:
                return [vocab[self.wordpiece["unk_token"]]]
            ids.append(vocab["##" + word[:end]])
            word = word[end:]
        return ids

    def cut(self, text, leaves):
        data, ids, start = text.encode(), [], 0
        for end in [end for _, end in leaves] + [len(data)]:
            if end > start:
                ids += self.piece(data[:start].decode(), data[start:end].decode())
                start = end
        return ids

    def alone(self, text, leaves):
        data, ids = text.encode(), []
        for index, (start, end) in enumerate(leaves):
            leaf = data[start:end].decode()
            if index == 0:
                found = self.ids(self.first, leaf)
            else:
                found = self.ids(self.first if self.splits_blanks or self.wordpiece else self.later, " " + leaf)
            ids += [id for id in found if self.first.id_to_token(id) not in ("\u0120", "\u2581")]
        return ids


def smollm2(path):
    import gguf

    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    types = fields["tokenizer.ggml.token_type"].contents()
    tokenizer = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token, kind in zip(tokens, types) if kind == 3])
    return json.loads(tokenizer.to_str())


def main():
    described = {name: json.loads((HERE / f"{name}.json").read_text()) for name in FIXTURES}
    described["smollm2"] = smollm2(sys.argv[1])
    described["minilm"] = json.loads(Path(sys.argv[2]).read_text())
    rows = []
    for name, description in described.items():
        reference = Reference(description)
        for text, words in (PYTHON, SCRIPT, INSIDE):
            leaves = ranges(text, words)
            rows.append({
                "tokenizer": name, "text": text, "leaves": leaves, "whole": reference.ids(reference.first, text),
                "cut": reference.cut(text, leaves), "alone": reference.alone(text, leaves)})
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (HERE / "pieces.golden.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
