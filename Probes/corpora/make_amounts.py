"""Writes amounts.jsonl: how many of the things does the person have who is asked about? README.md explains.

Usage: python3 make_amounts.py [--seed 7] [--out amounts.jsonl]      (standard library only, deterministic)
"""

import argparse
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
# The two amounts of a text: without this, the other one would say something about the size of the asked one.
TOTAL = 100
UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
           seventeen eighteen nineteen""".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
NAMES = "Anna Ben Carl Diana Emma Frank Grace Henry Kate Leo Maria Peter Rosa Sam Tom Vera".split()
THINGS = "coins books stamps cards apples shells keys pens".split()
SCENES = [
    "{A} has {a} {things}. {B} has {b} {things}. {asked} has",
    "At the market, {A} sold {a} {things} and {B} sold {b} {things}. In short, {asked} sold",
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seed", type=int, default=7, help="draws names and things")
    arguments.add_argument("--out", type=pathlib.Path, default=HERE / "amounts.jsonl")
    options = arguments.parse_args()
    lines = [json.dumps(example, ensure_ascii=False) for example in corpus(options.seed)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def corpus(seed):
    """All examples, pair of amounts by pair; in each scene both persons stand first, own either amount and are asked
    about."""
    stream = random.Random(seed)
    for small in range(1, (TOTAL + 1) // 2):
        for scene, template in enumerate(SCENES, start=1):
            names, things = stream.sample(NAMES, 2), stream.choice(THINGS)
            for first in (0, 1):
                for amounts in ((small, TOTAL - small), (TOTAL - small, small)):
                    for asked in (0, 1):
                        yield example(template, scene, names, things, first, amounts, asked)


def example(template, scene, names, things, first, amounts, asked):
    """`amounts[i]` is what `names[i]` has; `first` stands first in the text."""
    second = 1 - first
    text = template.format(A=names[first], B=names[second], a=words(amounts[first]), b=words(amounts[second]),
                           things=things, asked=names[asked])
    place = "first" if asked == first else "second"
    return {"id": f"amounts/{amounts[asked]}/{scene}-{names[asked]}-{place}", "text": text,
            "labels": {"amount": amounts[asked]}, "group": f"{min(amounts)}-{max(amounts)}"}


def words(number):
    """A whole number from 0 to 99 in English."""
    if number < 20:
        return UNITS[number]
    tens, unit = divmod(number, 10)
    return TENS[tens] + (f"-{UNITS[unit]}" if unit else "")


if __name__ == "__main__":
    main()
