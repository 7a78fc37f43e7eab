"""Writes capitals.jsonl from facts/capitals.csv: is "The capital of X is Y." true? README.md explains the design.

Usage: python3 make_capitals.py [--seed 7] [--out capitals.jsonl]      (standard library only, deterministic)
"""

import argparse
import csv
import json
import pathlib
import random
import re
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
FACTS = HERE / "facts" / "capitals.csv"
# Names that differ by one word would tell a reader of one about the other: they belong to one closed set.
KIN = [("North Korea", "South Korea"), ("Sudan", "South Sudan"),
       ("the Democratic Republic of the Congo", "the Republic of the Congo")]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seed", type=int, default=7, help="draws the closed sets")
    arguments.add_argument("--out", type=pathlib.Path, default=HERE / "capitals.jsonl")
    options = arguments.parse_args()
    with open(FACTS, encoding="utf-8", newline="") as file:
        countries = list(csv.DictReader(file))
    lines = [json.dumps(example, ensure_ascii=False) for example in corpus(countries, options.seed)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def corpus(countries, seed):
    """All examples, set by set. In a set, each country is given the capital of the next one, in a circle."""
    for group, members in closed_sets(countries, seed):
        for country, other in zip(members, members[1:] + members[:1]):
            yield from examples(country, other, group)


def closed_sets(countries, seed):
    """(name, two or three countries of one region); the drawing depends on the seed alone."""
    stream = random.Random(seed)
    for region in sorted({country["region"] for country in countries}):
        members = [country for country in countries if country["region"] == region]
        sets = [[c for c in members if c["country"] in kin] for kin in KIN]
        sets = [kin for kin in sets if kin]
        free = [country for country in members if not any(country in kin for kin in sets)]
        stream.shuffle(free)
        if len(free) % 2:
            sets.append([free.pop(), free.pop(), free.pop()])
        sets += [free[i:i + 2] for i in range(0, len(free), 2)]
        for number, members in enumerate(sets, start=1):
            yield f"{slug(region)}-{number}", members


def examples(country, other, group):
    """The sentences about one country. `truth` and `negated` swap capitals inside the set; `city` and
    `capitalhood` set a capital against another big city, of the same country and of the other one."""
    own, swapped = country["capital"], other["capital"]
    own_labels = {"truth": True} | ({"city": True} if country["other_city"] else {})
    swapped_labels = {"truth": False} | ({"capitalhood": True} if other["other_city"] else {})
    yield example(country, group, "true", own, own_labels)
    yield example(country, group, "swapped", swapped, swapped_labels)
    if country["other_city"]:
        yield example(country, group, "city", country["other_city"], {"city": False})
    if other["other_city"]:
        yield example(country, group, "foreign-city", other["other_city"], {"capitalhood": False})
    yield example(country, group, "not-true", own, {"negated": False}, negated=True)
    yield example(country, group, "not-swapped", swapped, {"negated": True}, negated=True)


def example(country, group, role, answer, labels, negated=False):
    before = f"The capital of {country['country']} is {'not ' if negated else ''}"
    start = len(before.encode())
    pair = slug(country["country"].removeprefix("the "))
    return {"id": f"capitals/{pair}/{role}", "text": f"{before}{answer}.", "labels": labels, "group": group,
            "pair": pair, "role": role,
            "spans": [{"start": start, "end": start + len(answer.encode()), "label": "answer"}]}


def slug(name):
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")


if __name__ == "__main__":
    main()
