"""Checks that capitals.jsonl keeps its promises (README.md). Usage: python3 test_capitals.py"""

import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SENTENCE = re.compile(r"The capital of (?P<country>.+?) is (?P<negation>not )?(?P<answer>.+)\.")


def words(text):
    return collections.Counter(text.removesuffix(".").split())


class Facts(unittest.TestCase):
    def setUp(self):
        with open(HERE / "facts" / "capitals.csv", encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def test_at_least_150_countries_each_once(self):
        names = [row["country"] for row in self.rows]
        self.assertGreaterEqual(len(names), 150)
        self.assertEqual(len(names), len(set(names)))

    def test_no_city_stands_twice(self):
        cities = [row[key] for row in self.rows for key in ("capital", "other_city") if row[key]]
        self.assertEqual([city for city, n in collections.Counter(cities).items() if n > 1], [])

    def test_no_city_shares_a_word_with_its_country(self):
        for row in self.rows:
            self.assertFalse(words(row["country"]) & words(row["capital"]), row)
            self.assertFalse(words(row["country"]) & words(row["other_city"]), row)

    def test_no_region_is_too_small_for_a_set(self):
        self.assertGreaterEqual(min(collections.Counter(row["region"] for row in self.rows).values()), 2)


class Corpus(unittest.TestCase):
    def setUp(self):
        self.facts = {}
        with open(HERE / "facts" / "capitals.csv", encoding="utf-8", newline="") as file:
            self.facts = {row["country"]: row for row in csv.DictReader(file)}
        lines = (HERE / "capitals.jsonl").read_text(encoding="utf-8").splitlines()
        self.examples = [json.loads(line) for line in lines]
        for example in self.examples:
            example |= SENTENCE.fullmatch(example["text"]).groupdict()

    def test_the_script_writes_this_very_file(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "again.jsonl"
            subprocess.run([sys.executable, HERE / "make_capitals.py", "--out", out], check=True)
            self.assertEqual(out.read_bytes(), (HERE / "capitals.jsonl").read_bytes())

    def test_ids_texts_and_roles_are_unique(self):
        for key in (lambda e: e["id"], lambda e: e["text"], lambda e: (e["pair"], e["role"])):
            keys = [key(example) for example in self.examples]
            self.assertEqual(len(keys), len(set(keys)))

    def test_spans_cut_exactly_the_answer(self):
        for example in self.examples:
            (span,) = example["spans"]
            cut = example["text"].encode()[span["start"]:span["end"]].decode()
            self.assertEqual((cut, span["label"]), (example["answer"], "answer"))

    def test_labels_say_what_the_facts_say(self):
        capitals = {row["capital"] for row in self.facts.values()}
        for example in self.examples:
            right = self.facts[example["country"]]["capital"] == example["answer"]
            for name, value in example["labels"].items():
                self.assertIs(type(value), bool)
                expected = {"truth": right, "city": right, "negated": not right,
                            "capitalhood": example["answer"] in capitals}[name]
                self.assertEqual(value, expected, example["id"])
                self.assertEqual(name == "negated", example["negation"] is not None, example["id"])
                if name == "capitalhood":
                    self.assertFalse(right, example["id"])

    def test_every_country_has_the_whole_set_of_sentences(self):
        roles = collections.defaultdict(set)
        for example in self.examples:
            roles[example["country"]].add(example["role"])
        self.assertEqual(set(roles), set(self.facts))
        for country, found in roles.items():
            self.assertLessEqual({"true", "swapped", "not-true", "not-swapped"}, found)
            self.assertEqual("city" in found, bool(self.facts[country]["other_city"]))

    def test_groups_are_closed_over_countries_and_cities(self):
        home = {}
        for example in self.examples:
            for entity in (example["country"], example["answer"]):
                self.assertEqual(home.setdefault(entity, example["group"]), example["group"], entity)
        sizes = collections.Counter(home[country] for country in self.facts)
        self.assertLessEqual(set(sizes.values()), {2, 3})

    def test_every_word_is_as_frequent_in_true_as_in_false_sentences_of_a_group(self):
        for name in ("truth", "negated"):
            for group, bags in self.bags(name).items():
                self.assertEqual(bags[True], bags[False], (name, group))
                self.assertTrue(bags[True], (name, group))

    def test_beside_the_cities_the_other_labels_are_balanced_too(self):
        for name in ("city", "capitalhood"):
            for group, bags in self.bags(name, without_answer=True).items():
                self.assertEqual(bags[True], bags[False], (name, group))

    def bags(self, name, without_answer=False):
        """{group: {label: how often each word occurs}}"""
        groups = collections.defaultdict(lambda: {True: collections.Counter(), False: collections.Counter()})
        for example in self.examples:
            if name in example["labels"]:
                text = example["text"]
                bag = words(text[:text.rindex(example["answer"])] if without_answer else text)
                groups[example["group"]][example["labels"][name]] += bag
        return groups


if __name__ == "__main__":
    unittest.main()
