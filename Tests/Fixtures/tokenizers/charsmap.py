"""A SentencePiece character map, applied to characters with ranges as the reference's `Precompiled` applies it."""

import base64
import struct

import regex


class Charsmap:
    """Little-endian: bytes of the trie as 32 bits, the trie (a double array), replacements that end in NUL."""

    def __init__(self, text):
        data = base64.b64decode(text)
        size = struct.unpack_from("<I", data)[0]
        self.units = struct.unpack_from(f"<{size // 4}I", data, 4)
        self.replacements = data[4 + size:]

    def find(self, key):
        """What the shortest beginning of `key` in the trie is replaced by; None when there is none."""
        place = self.offset(self.units[0])
        for byte in key:
            place ^= byte
            unit = self.units[place] if place < len(self.units) else 0
            if unit & 0x800000FF != byte:
                return None
            place ^= self.offset(unit)
            if unit >> 8 & 1:
                start = self.units[place] & 0x7FFFFFFF
                return self.replacements[start:self.replacements.index(0, start)].decode()
        return None

    @staticmethod
    def offset(unit):
        return unit >> 10 << ((unit & 1 << 9) >> 6)

    def normalize(self, cells):
        text = "".join(cell[0] for cell in cells)
        result = []
        for match in regex.finditer(r"\X", text):
            low, high = match.span()
            whole = self.find(match[0].encode()) if len(match[0].encode()) < 6 else None
            parts = [(low, high, whole)] if whole is not None else [
                (place, place + 1, self.find(text[place].encode())) for place in range(low, high)]
            for start, end, content in parts:
                covered = cells[start:end]
                if content is None:
                    result += covered
                else:
                    result += [(character, covered[0][1], covered[-1][2]) for character in content]
        return result
