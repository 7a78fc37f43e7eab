"""Durable SQLite by hand: 13 × tokens × 768 float16 in one transaction, a BLOB a sequence of 128 tokens or a layer.

Usage: python write_sqlite.py FOLDER [--tokens 1024] [--runs 5]

WAL and synchronous NORMAL; timed from opening the new file until it is closed, which checkpoints and syncs. The
values are float16 already. The process prints one JSON line a way.
"""

import argparse
import json
import pathlib
import platform
import sqlite3
import time

import numpy

LAYERS, WIDTH, LENGTH = 13, 768, 128


def write(path, values, rows):
    """Seconds of storing `values` [layer, token, width] as BLOBs of `rows` tokens."""
    start = time.perf_counter()
    store = sqlite3.connect(path, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = NORMAL")
    store.execute("CREATE TABLE activation (id INTEGER PRIMARY KEY, layer INT, start INT, data BLOB)")
    store.execute("BEGIN")
    for layer, matrix in enumerate(values):
        store.executemany(
            "INSERT INTO activation (layer, start, data) VALUES (?, ?, ?)",
            ((layer, first, memoryview(matrix[first:first + rows]).cast("B"))
             for first in range(0, len(matrix), rows)))
    store.execute("COMMIT")
    store.close()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    values = numpy.random.default_rng(1).standard_normal((LAYERS, options.tokens, WIDTH), numpy.float32)
    values = values.astype(numpy.float16)
    path = options.folder / "by-hand.sqlite"
    for name, rows in (("a BLOB a sequence", LENGTH), ("a BLOB a layer", options.tokens)):
        seconds = []
        for _ in range(options.runs + 1):
            seconds.append(write(path, values, rows))
            path.unlink()
        print(json.dumps({
            "peer": name, "tokens": options.tokens, "bytes": values.nbytes, "seconds": seconds[1:],
            "versions": {"python": platform.python_version(), "numpy": numpy.__version__,
                         "sqlite": sqlite3.sqlite_version}}), flush=True)


if __name__ == "__main__":
    main()
