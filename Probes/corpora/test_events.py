"""Checks that events.jsonl keeps its promises (README.md). Usage: python3 test_events.py"""

import collections
import csv
import json
import pathlib
import re
import unittest

import make_events

HERE = pathlib.Path(__file__).resolve().parent


class Corpus(unittest.TestCase):
    def setUp(self):
        lines = (HERE / "events.jsonl").read_text(encoding="utf-8").splitlines()
        self.examples = [json.loads(line) for line in lines]
        with open(make_events.FACTS, encoding="utf-8", newline="") as file:
            self.events = {f"{row['agent']}-{row['patient']}": row for row in csv.DictReader(file)}

    def nouns(self, example):
        """The two nouns in the order of the text."""
        event = self.events[example["group"]]
        return [word for word in re.findall(r"\w+", example["text"]) if word in (event["agent"], event["patient"])]

    def test_the_script_writes_this_very_file(self):
        written = [json.dumps(example, ensure_ascii=False) for example in make_events.corpus(self.events.values())]
        self.assertEqual("\n".join(written) + "\n", (HERE / "events.jsonl").read_text(encoding="utf-8"))

    def test_ids_and_texts_are_unique(self):
        for key in ("id", "text"):
            keys = [example[key] for example in self.examples]
            self.assertEqual(len(keys), len(set(keys)))

    def test_no_noun_and_no_verb_stands_in_two_groups(self):
        home = {}
        for group, event in self.events.items():
            self.assertEqual(len({event["agent"], event["past"], event["patient"]}), 3)
            for word in event.values():
                self.assertEqual(home.setdefault(word, group), group, word)
        self.assertGreaterEqual(len(self.events), 100)

    def test_labels_follow_from_an_independent_reading(self):
        """In the passive the one who acts stands last, else first."""
        for example in self.examples:
            first, second = self.nouns(example)
            acts = second if " by the " in example["text"] else first
            self.assertEqual(acts == self.events[example["group"]]["agent"], example["labels"]["usual"],
                             example["id"])

    def test_texts_of_the_same_words_have_either_label_once(self):
        bags = collections.defaultdict(list)
        for example in self.examples:
            bags[tuple(sorted(re.findall(r"\w+", example["text"].lower())))].append(example["labels"]["usual"])
        self.assertEqual(len(bags), len(self.events) * len(make_events.FRAMES))
        for labels in bags.values():
            self.assertEqual(sorted(labels), [False, True])

    def test_who_stands_first_says_nothing(self):
        counts = collections.Counter()
        for example in self.examples:
            agent_first = self.nouns(example)[0] == self.events[example["group"]]["agent"]
            counts[agent_first, example["labels"]["usual"]] += 1
        self.assertEqual(len(set(counts.values())), 1)
        self.assertEqual(len(counts), 4)


if __name__ == "__main__":
    unittest.main()
