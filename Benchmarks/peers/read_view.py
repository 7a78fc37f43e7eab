"""A store of ours read by Python's sqlite3 alone, through the view `activation`: vectors a second.

Usage: python read_view.py STORE HOOK [--points 20000] [--runs 5]

`scan` fetches every vector of the hook point, `random` one vector a query, by example and position; `mapped` is
`random` with PRAGMA mmap_size. The cache is warm: the first run is not counted.
"""

import argparse
import json
import pathlib
import platform
import random
import sqlite3
import time

SCAN = "SELECT vector FROM activation WHERE capture = 1 AND hook = ?"
POINT = "SELECT vector FROM activation WHERE hook = ? AND example_key = ? AND position = ?"


def rate(work):
    """Vectors a second of what `work` returns the number of."""
    start = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=pathlib.Path)
    parser.add_argument("hook")
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    store = sqlite3.connect(f"{options.store.resolve().as_uri()}?mode=ro", uri=True)
    (width,) = store.execute("SELECT width FROM point WHERE hook = ?", [options.hook]).fetchone()
    places = store.execute("SELECT example.key, sequence.row_count FROM sequence"
                           " JOIN example ON example.id = sequence.example_id").fetchall()
    generator = random.Random(1)
    asked = [(options.hook, key, generator.randrange(count))
             for key, count in generator.choices(places, k=options.points)]

    def scan():
        return sum(len(vector) == 2 * width for (vector,) in store.execute(SCAN, [options.hook]))

    def points():
        return sum(len(store.execute(POINT, each).fetchone()[0]) == 2 * width for each in asked)

    found = {"scan": [rate(scan) for _ in range(options.runs + 1)][1:]}
    found["random"] = [rate(points) for _ in range(options.runs + 1)][1:]
    store.execute(f"PRAGMA mmap_size = {1 << 40}")
    found["mapped"] = [rate(points) for _ in range(options.runs + 1)][1:]
    vectors = store.execute("SELECT rows_done FROM point WHERE hook = ?", [options.hook]).fetchone()[0]
    print(json.dumps({"peer": "sqlite3", "vectors": vectors, "points": options.points, "width": width, **found,
                      "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}}))


if __name__ == "__main__":
    main()
