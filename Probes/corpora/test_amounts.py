"""Checks that amounts.jsonl keeps its promises (README.md). Usage: python3 test_amounts.py"""

import collections
import json
import pathlib
import re
import unittest

import make_amounts

HERE = pathlib.Path(__file__).resolve().parent
TEXTS = [
    re.compile(r"(?P<A>\w+) has (?P<a>[\w-]+) (?P<t>\w+)\. (?P<B>\w+) has (?P<b>[\w-]+) (?P=t)\. (?P<asked>\w+) has"),
    re.compile(r"At the market, (?P<A>\w+) sold (?P<a>[\w-]+) (?P<t>\w+) and (?P<B>\w+) sold (?P<b>[\w-]+) (?P=t)\. "
               r"In short, (?P<asked>\w+) sold"),
]
VALUES = {make_amounts.words(number): number for number in range(100)}


class Corpus(unittest.TestCase):
    def setUp(self):
        lines = (HERE / "amounts.jsonl").read_text(encoding="utf-8").splitlines()
        self.examples = [json.loads(line) for line in lines]
        for example in self.examples:
            example["parts"] = next(match for match in (t.fullmatch(example["text"]) for t in TEXTS) if match)

    def test_the_script_writes_this_very_file(self):
        written = [json.dumps(example, ensure_ascii=False) for example in make_amounts.corpus(7)]
        self.assertEqual("\n".join(written) + "\n", (HERE / "amounts.jsonl").read_text(encoding="utf-8"))

    def test_number_words_are_english(self):
        expected = {0: "zero", 9: "nine", 13: "thirteen", 20: "twenty", 21: "twenty-one", 40: "forty", 58: "fifty-eight",
                    99: "ninety-nine"}
        for number, text in expected.items():
            self.assertEqual(make_amounts.words(number), text)
        self.assertEqual(len(VALUES), 100)

    def test_ids_and_texts_are_unique(self):
        for key in ("id", "text"):
            keys = [example[key] for example in self.examples]
            self.assertEqual(len(keys), len(set(keys)))

    def test_the_label_is_what_the_asked_person_has(self):
        for example in self.examples:
            parts = example["parts"]
            amount = {parts["A"]: parts["a"], parts["B"]: parts["b"]}[parts["asked"]]
            self.assertEqual(VALUES[amount], example["labels"]["amount"], example["id"])

    def test_no_number_stands_in_two_groups(self):
        home = {}
        for example in self.examples:
            numbers = sorted(VALUES[example["parts"][name]] for name in "ab")
            self.assertEqual(sum(numbers), make_amounts.TOTAL)
            for number in numbers:
                self.assertEqual(home.setdefault(number, example["group"]), example["group"])
        self.assertGreaterEqual(len(set(home.values())), 40)

    def test_texts_of_the_same_words_have_both_labels_equally_often(self):
        """So their mean is the same whatever the words: no bag of words says anything, linear or not."""
        bags = collections.defaultdict(list)
        for example in self.examples:
            bags[tuple(sorted(re.findall(r"\w+", example["text"])))].append(example["labels"]["amount"])
        for labels in bags.values():
            self.assertEqual(sum(labels) / len(labels), make_amounts.TOTAL / 2)

    def test_neither_the_place_of_the_asked_person_nor_the_length_says_anything(self):
        for key in (lambda e: e["parts"]["asked"] == e["parts"]["A"], lambda e: len(e["text"]),
                    lambda e: e["parts"]["asked"]):
            labels = collections.defaultdict(list)
            for example in self.examples:
                labels[example["group"], key(example)].append(example["labels"]["amount"])
            for found in labels.values():
                self.assertEqual(sum(found) / len(found), make_amounts.TOTAL / 2)


if __name__ == "__main__":
    unittest.main()
