"""Checks that roles.jsonl keeps its promises (README.md). Usage: python3 test_roles.py"""

import collections
import csv
import json
import pathlib
import re
import unittest

import make_roles

HERE = pathlib.Path(__file__).resolve().parent


def words(text):
    return re.findall(r"\w+|[^\w\s]", text)


class Corpus(unittest.TestCase):
    def setUp(self):
        lines = (HERE / "roles.jsonl").read_text(encoding="utf-8").splitlines()
        self.examples = [json.loads(line) for line in lines]
        with open(make_roles.FACTS, encoding="utf-8", newline="") as file:
            self.verbs = list(csv.DictReader(file))

    def items(self):
        """(example, the noun, its label, words and commas before it) of every labelled noun."""
        for example in self.examples:
            for span in example["spans"]:
                yield (example, example["text"][span["start"]:span["end"]], span["value"],
                       words(example["text"][:span["start"]]))

    def test_the_script_writes_this_very_file(self):
        written = [json.dumps(example, ensure_ascii=False) for example in make_roles.corpus(self.verbs, 7)]
        self.assertEqual("\n".join(written) + "\n", (HERE / "roles.jsonl").read_text(encoding="utf-8"))

    def test_ids_and_texts_are_unique_and_ascii(self):
        for key in ("id", "text"):
            keys = [example[key] for example in self.examples]
            self.assertEqual(len(keys), len(set(keys)))
            self.assertTrue(all(text.isascii() for text in keys))

    def test_texts_have_no_trace_of_a_template(self):
        for example in self.examples:
            self.assertNotRegex(example["text"], r"[{}]|  | [,.]")
            self.assertRegex(example["text"], r"^[A-Z].*[a-z]\.$")

    def test_every_sentence_has_one_subject_and_one_object_both_nouns_of_the_list(self):
        for example in self.examples:
            self.assertEqual(sorted(span["value"] for span in example["spans"]), ["object", "subject"])
            self.assertTrue(all(span["label"] == "role" for span in example["spans"]))
        for example, noun, _, before in self.items():
            self.assertIn(noun, make_roles.NOUNS, example["id"])
            self.assertIn("the", before[-3:], example["id"])

    def test_labels_follow_from_an_independent_reading(self):
        """The object stands after the transitive verb of the group, and only adjectives between; nothing else does."""
        forms = {verb["base"]: {verb[form] for form in ("base", "past", "ing")} for verb in self.verbs}
        for example, _, value, before in self.items():
            while before[-1] in make_roles.ADJECTIVES:
                before.pop()
            self.assertEqual(before.pop(), "the")
            self.assertEqual(before[-1] in forms[example["group"]], value == "object", example["id"])

    def test_each_noun_is_as_often_subject_as_object_in_every_group(self):
        counts = collections.Counter()
        for example, noun, value, _ in self.items():
            counts[example["group"], noun] += 1 if value == "subject" else -1
        self.assertEqual(set(counts.values()), {0})

    def test_each_place_is_as_often_that_of_a_subject_as_of_an_object_in_every_group(self):
        places, orders = collections.Counter(), collections.Counter()
        for example, noun, value, before in self.items():
            sign = 1 if value == "subject" else -1
            places[example["group"], len(before)] += sign
            orders[example["group"], any(other in before for other in make_roles.NOUNS)] += sign
        self.assertEqual(set(places.values()) | set(orders.values()), {0})

    def test_no_verb_stands_in_two_groups(self):
        home = {}
        for verb in self.verbs:
            for form in verb.values():
                self.assertEqual(home.setdefault(form, verb["base"]), verb["base"], form)
        for example in self.examples:
            for word in words(example["text"]):
                self.assertEqual(home.get(word, example["group"]), example["group"], example["id"])

    def test_every_noun_recurs_in_three_groups(self):
        groups = collections.defaultdict(set)
        for example, noun, _, _ in self.items():
            groups[noun].add(example["group"])
        self.assertEqual(set(groups), set(make_roles.NOUNS))
        self.assertEqual({len(found) for found in groups.values()}, {3})


if __name__ == "__main__":
    unittest.main()
