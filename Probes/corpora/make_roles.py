"""Writes roles.jsonl from facts/verbs.csv and nouns.txt: is a noun the subject or the object of its verb? README.md explains.

Usage: python3 make_roles.py [--seed 7] [--out roles.jsonl]      (standard library only, deterministic)
"""

import argparse
import csv
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
FACTS = HERE / "facts" / "verbs.csv"
NOUNS = (HERE / "facts" / "nouns.txt").read_text(encoding="utf-8").split()
ADJECTIVES = "old young tall tired clever quiet shy busy angry happy".split()
OPENERS = ["Later,", "That day,", "At noon,", "In the end,", "After the storm,", "Early in the morning,",
           "A few days before that,", "At the end of the week,", "In a small town by the sea,"]
# Stand after the first noun, which they belong to.
ADDITIONS = ["", "", "outside", "nearby", "over there", "in black", "from the village", "at the door",
             "from the next town", "in the long blue coat"]
PRONOUNS = ["he", "she", "we", "they"]
CLAIMS = ["said", "thought", "hoped", "guessed"]
# In a row, the first noun A is the subject on the left and the object on the right, and B the other way round; both
# nouns have as many words and commas before them as in the partner. {x} stands after A.
TEMPLATES = [
    ("while {A} {x} {past} {B}, {p} {acted}.", "{ing} {A} {x}, {B} {acted}."),
    ("{p} {said} {A} {x} {past} {B}.", "{p} {past} {A} {x} before {B} {acted}."),
    ("{p} {said} {A} {x} kept {ing} {B}.", "{p} {past} {A} {x} and {said} {B} {acted}."),
    ("{p} {said} {A} {x} was asked to {base} {B}.", "{p} {past} {A} {x} and then {p} {said} {B} {acted}."),
    ("{p} {said} {A} {x} who {acted} {past} {B}.", "after {ing} {A} {x}, {p} {said} {B} {acted}."),
    ("as {p} {said}, {A} {x} {past} {B}.", "in order to {base} {A} {x}, {B} was called away."),
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seed", type=int, default=7, help="draws nouns and fillers")
    arguments.add_argument("--out", type=pathlib.Path, default=HERE / "roles.jsonl")
    options = arguments.parse_args()
    with open(FACTS, encoding="utf-8", newline="") as file:
        verbs = list(csv.DictReader(file))
    lines = [json.dumps(example, ensure_ascii=False) for example in corpus(verbs, options.seed)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def corpus(verbs, seed):
    """All examples, verb by verb: of each row of TEMPLATES both sides, each with the two nouns in both orders, and
    all four with the same fillers. Nouns are dealt from a pack: none comes twice before all came once."""
    stream, pack = random.Random(seed), []
    for verb in verbs:
        for row, sides in enumerate(TEMPLATES, start=1):
            pack = pack or stream.sample(NOUNS, len(NOUNS))
            nouns = [pack.pop(), pack.pop()]
            fillers = {"opener": stream.choice(OPENERS), "x": stream.choice(ADDITIONS), "p": stream.choice(PRONOUNS),
                       "said": stream.choice(CLAIMS),
                       "before": [stream.sample(ADJECTIVES, stream.randrange(2)) for _ in nouns]}
            for values, template in zip((("subject", "object"), ("object", "subject")), sides):
                for order in (nouns, nouns[::-1]):
                    name = f"roles/{verb['base']}/{row}-{values[0]}-{order[0]}"
                    yield example(name, verb, template, order, values, fillers)


def example(name, verb, template, nouns, values, fillers):
    phrases = [" ".join(["the"] + adjectives + [noun]) for adjectives, noun in zip(fillers["before"], nouns)]
    body = template.format(A=phrases[0], B=phrases[1], **verb, **fillers)
    text = fillers["opener"] + " " + body.replace("  ", " ").replace(" ,", ",")
    # All is ASCII: characters are bytes.
    first = text.index(phrases[0]) + len(phrases[0])
    ends = (first, text.index(phrases[1], first) + len(phrases[1]))
    spans = [{"start": end - len(noun), "end": end, "label": "role", "value": value}
             for end, noun, value in zip(ends, nouns, values)]
    return {"id": name, "text": text, "spans": spans, "group": verb["base"]}


if __name__ == "__main__":
    main()
