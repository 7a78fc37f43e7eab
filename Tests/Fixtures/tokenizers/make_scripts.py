"""Prints the table of ScriptClass.swift: which characters the reference's UnicodeScripts keeps together.

    python make_scripts.py

Needs `tokenizers` (0.23). Its table of scripts is older than any library's, so it is asked about every character: two
are of one class if nothing cuts between them, and of none if nothing cuts between them and either of two others.
"""

from tokenizers import pre_tokenizers

CUTTER = pre_tokenizers.UnicodeScripts()
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def differ(left, right):
    return len(CUTTER.pre_tokenize_str(left + right)) > 1


def classify(character, last, known):
    if not differ("a", character) and not differ("\u03b1", character):
        return None
    if last is not None and not differ(known[last], character):
        return last
    for index, sample in enumerate(known):
        if not differ(sample, character):
            return index
    known.append(character)
    return len(known) - 1


def spell(number):
    return (spell(number // 36) if number >= 36 else "") + DIGITS[number % 36]


def main():
    ranges, known, last = [], [], None
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        kind = classify(chr(code), last, known)
        if kind is None:
            continue
        if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == kind:
            ranges[-1][1] = code
        else:
            ranges.append([code, code, kind])
        last = kind
    end, line = -1, ""
    for first, final, kind in ranges:
        word = ".".join(map(spell, (first - end - 1, final - first, kind + 1)))
        end = final
        if len(line) + len(word) > 100:
            print(line)
            line = ""
        line += (" " if line else "") + word
    print(line)


if __name__ == "__main__":
    main()
