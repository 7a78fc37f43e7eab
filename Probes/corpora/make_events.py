"""Writes events.jsonl from facts/events.csv: does who usually acts act in the sentence? README.md explains.

Usage: python3 make_events.py [--out events.jsonl]      (standard library only, nothing is drawn)
"""

import argparse
import csv
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
FACTS = HERE / "facts" / "events.csv"
# {A} acts upon {P}.
FRAMES = {
    "active": "The {A} {past} the {P}.",
    "passive": "The {P} was {participle} by the {A}.",
    "cleft": "It was the {A} that {past} the {P}.",
    "passive-cleft": "It was the {P} that was {participle} by the {A}.",
    "report": "They say that the {A} {past} the {P}.",
    "passive-report": "They say that the {P} was {participle} by the {A}.",
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", type=pathlib.Path, default=HERE / "events.jsonl")
    options = arguments.parse_args()
    with open(FACTS, encoding="utf-8", newline="") as file:
        events = list(csv.DictReader(file))
    lines = [json.dumps(example, ensure_ascii=False) for example in corpus(events)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def corpus(events):
    """All examples, event by event: each frame with the usual agent acting, and with the two exchanged."""
    for event in events:
        group = f"{event['agent']}-{event['patient']}"
        for frame, template in FRAMES.items():
            for usual in (True, False):
                agent, patient = (event["agent"], event["patient"])[::1 if usual else -1]
                text = template.format(A=agent, P=patient, **event)
                role = "usual" if usual else "exchanged"
                yield {"id": f"events/{group}/{frame}-{role}", "text": text, "labels": {"usual": usual},
                       "group": group, "pair": f"{group}/{frame}", "role": role}


if __name__ == "__main__":
    main()
