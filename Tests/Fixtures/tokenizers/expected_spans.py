"""Ids and byte spans that the reference library gives a text, spans by the rule of `AlignedText.swift`.

The reference lends an insertion the character that follows it, keeps the first part's range of a composed character
only, and counts characters. Where it rewrites text, the spans are therefore had in another way: this module rewrites
the text with a range for every character, checks that the outcome is what the reference's normalizer makes of it, and
lets the reference encode that text *without* its normalizer. The ids must be those of the whole pipeline; if not, the
text's ids are compared alone.
"""

import json
import re
import unicodedata

from tokenizers import Tokenizer

BLANK = "\u2581"


def starts_of(text):
    starts = [0]
    for character in text:
        starts.append(starts[-1] + len(character.encode("utf-8")))
    return starts


# Normalizers on lists of (character, start, end)


def is_bert_control(character):
    # The reference counts no unassigned character.
    return character not in "\t\n\r" and unicodedata.category(character) in ("Cc", "Cf", "Co")


def is_ideograph(character):
    blocks = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
    return any(low <= ord(character) <= high for low, high in blocks)


def decompose(cells, form):
    cells = [(part, start, end) for character, start, end in cells for part in unicodedata.normalize(form, character)]
    index = 0
    while index < len(cells):
        end = index
        while end < len(cells) and unicodedata.combining(cells[end][0]):
            end += 1
        cells[index:end] = sorted(cells[index:end], key=lambda cell: unicodedata.combining(cell[0]))
        index = max(end, index + 1)
    return cells


def compose(cells):
    result, starter = [], None
    for character, start, end in cells:
        order = unicodedata.combining(character)
        if starter is not None:
            last = unicodedata.combining(result[-1][0])
            blocked = len(result) - 1 > starter and (last == 0 or last >= order)
            head, low, high = result[starter]
            joined = unicodedata.normalize("NFC", head + character)
            if not blocked and len(joined) == 1:
                result[starter] = (joined, min(low, start), max(high, end))
                continue
        if order == 0:
            starter = len(result)
        result.append((character, start, end))
    return result


def replace(cells, pattern, content):
    text = "".join(cell[0] for cell in cells)
    if "String" in pattern:
        matches = re.finditer(re.escape(pattern["String"]), text)
    else:
        matches = re.finditer(pattern["Regex"], text)
    result, done = [], 0
    for match in matches:
        low, high = match.span()
        if low == high:
            continue
        result += cells[done:low] + [(character, cells[low][1], cells[high - 1][2]) for character in content]
        done = high
    return result + cells[done:]


def bert(cells, part):
    if part["clean_text"]:
        cells = [cell for cell in cells if cell[0] not in "\0\ufffd" and not is_bert_control(cell[0])]
        cells = [(" ", *cell[1:]) if cell[0].isspace() else cell for cell in cells]
    if part["handle_chinese_chars"]:
        spaced = []
        for cell in cells:
            spaced += [(" ", cell[1], cell[1]), cell, (" ", cell[2], cell[2])] if is_ideograph(cell[0]) else [cell]
        cells = spaced
    strips = part["strip_accents"]
    if part["lowercase"] if strips is None else strips:
        cells = [cell for cell in decompose(cells, "NFD") if unicodedata.category(cell[0]) != "Mn"]
    return lowercase(cells) if part["lowercase"] else cells


def lowercase(cells):
    return [(lower, *cell[1:]) for cell in cells for lower in cell[0].lower()]


def nmt(cells):
    dropped = {*range(1, 9), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F}
    blank = {9, 0x0A, 0x0C, 0x0D, 0x1680, *range(0x200B, 0x2010), 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD}
    return [(" ", *cell[1:]) if ord(cell[0]) in blank else cell for cell in cells if ord(cell[0]) not in dropped]


def strip(cells, left, right):
    low, high = 0, len(cells)
    while left and low < high and cells[low][0].isspace():
        low += 1
    while right and high > low and cells[high - 1][0].isspace():
        high -= 1
    return cells[low:high]


def normalize(cells, part):
    """What a normalizer of a `tokenizer.json` makes of characters with ranges."""
    kind = part["type"]
    if kind == "Sequence":
        for inner in part["normalizers"]:
            cells = normalize(cells, inner)
        return cells
    if kind in ("NFD", "NFKD"):
        return decompose(cells, kind)
    if kind in ("NFC", "NFKC"):
        return compose(decompose(cells, kind.replace("C", "D")))
    if kind == "Lowercase":
        return lowercase(cells)
    if kind == "StripAccents":
        return [cell for cell in cells if unicodedata.category(cell[0])[0] != "M"]
    if kind == "BertNormalizer":
        return bert(cells, part)
    if kind == "Replace":
        return replace(cells, part["pattern"], part["content"])
    if kind == "Prepend":
        return [(character, cells[0][1], cells[0][1]) for character in part["prepend"]] + cells if cells else cells
    if kind == "Strip":
        return strip(cells, part["strip_left"], part["strip_right"])
    if kind == "Nmt":
        return nmt(cells)
    if kind == "Precompiled":
        from charsmap import Charsmap

        return Charsmap(part["precompiled_charsmap"]).normalize(cells)
    raise NotImplementedError(kind)


class Expected:
    """The reference's tokenizer of one file, with spans by the rule."""

    def __init__(self, path):
        state = json.loads(path.read_text(encoding="utf-8"))
        self.trims = self.trimming(state["post_processor"])
        # Trimming is done below: the reference also trims the character that it lent to an insertion.
        self.tokenizer = Tokenizer.from_str(json.dumps({**state, "post_processor": None}))
        self.normalizer = state["normalizer"]
        self.added = {token["id"]: token for token in state["added_tokens"]}
        self.bare = Tokenizer.from_str(json.dumps({**state, "normalizer": None, "added_tokens": []}))
        kinds = json.dumps(state["pre_tokenizer"])
        # Metaspace's scheme "first" asks whether a word begins at the start of the text as it was given.
        later = json.loads(kinds.replace('"prepend_scheme": "first"', '"prepend_scheme": "never"'))
        self.later = Tokenizer.from_str(
            json.dumps({**state, "normalizer": None, "added_tokens": [], "pre_tokenizer": later}))
        # How an inserted blank is spelled; None where none is inserted.
        self.inserted = BLANK if "Metaspace" in kinds else "\u0120" if '"add_prefix_space": true' in kinds else None

    @staticmethod
    def trimming(post):
        """None, or whether one blank that leads the text stays."""
        parts = [post, *(post or {}).get("processors", [])] if post else []
        flags = [part.get("add_prefix_space", True) for part in parts if part.get("trim_offsets")]
        return flags[-1] if flags else None

    def encode(self, text):
        """Ids and byte spans; spans are None where the rule's cannot be had from the reference."""
        ids, spans = self.untrimmed(text)
        if spans is None or self.trims is None:
            return ids, spans
        return ids, [self.trim(text.encode(), index, id, *span) for index, (id, span) in enumerate(zip(ids, spans))]

    def trim(self, data, index, id, start, end):
        blanks = b" \t\n\v\f\r" if id in self.added else b" "
        piece = data[start:end]
        leading = len(piece) - len(piece.lstrip(blanks))
        trailing = len(piece) - len(piece.rstrip(blanks))
        if self.trims and leading == 1 and (index == 0 or start == 0):
            leading = 0
        low = min(start + leading, end)
        return low, max(end - trailing, low)

    def untrimmed(self, text):
        starts = starts_of(text)
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        whole = [(starts[low], starts[high]) for low, high in encoding.offsets]
        ids = encoding.ids
        if self.normalizer is None:
            spans = [self.uninserted(piece, text, span) for piece, span in zip(encoding.tokens, encoding.offsets)]
            return ids, [whole[i] if span is None else (starts[span], starts[span]) for i, span in enumerate(spans)]
        result, segment, found = [], 0, []
        for index, id in enumerate([*ids, None]):
            if id is not None and not (id in self.added and self.is_added(encoding, index, text)):
                continue
            low, high = (len(text), len(text)) if id is None else encoding.offsets[index]
            if segment < low:
                part = self.part(text, starts, segment, low)
                if part is None:
                    return ids, None
                result += part
            if id is not None:
                result.append((id, *whole[index]))
            segment = high
        if [cell[0] for cell in result] != ids:
            return ids, None
        return ids, [tuple(cell[1:]) for cell in result]

    def is_added(self, encoding, index, text):
        low, high = encoding.offsets[index]
        token = self.added[encoding.ids[index]]
        covered = text[low:high].strip() if token["lstrip"] or token["rstrip"] else text[low:high]
        return covered == token["content"] or token["normalized"] and covered.lower() == token["content"].lower()

    def part(self, text, starts, low, high):
        """Tokens of what lies between added tokens: (id, start, end); None where the normalizers disagree."""
        cells = [(text[i], starts[i], starts[i + 1]) for i in range(low, high)]
        cells = normalize(cells, self.normalizer)
        normal = "".join(cell[0] for cell in cells)
        if normal != self.tokenizer.normalizer.normalize_str(text[low:high]):
            return None
        bare = self.bare if cells and cells[0][1] == 0 else self.later
        encoding = bare.encode(normal, add_special_tokens=False)
        result = []
        for id, piece, (first, last) in zip(encoding.ids, encoding.tokens, encoding.offsets):
            place = self.uninserted(piece, normal, (first, last))
            if place is not None or first == last:
                start = cells[first if place is None else place][1]
                result.append((id, start, start))
            else:
                covered = cells[first:last]
                result.append((id, min(cell[1] for cell in covered), max(cell[2] for cell in covered)))
        return result

    def uninserted(self, piece, text, span):
        """Where an inserted blank stands that is a token by itself: it stands for nothing."""
        low, high = span
        if piece == self.inserted and text[low:low + 1] not in (" ", BLANK):
            return low
        return None
