"""Data of the AST-probe benchmark: batches of snippets with random vectors, heights and labels.

Usage: python make_astprobe_data.py FOLDER [--batches 8] [--seed 1]

Snippets of 30 to 60 leaves, vectors of 768 values, 100 labels of gaps, 120 of leaves, heights from 1 to 11. Files are
little-endian, without padding between snippets: h.f32 [leaves, width]; lengths.i32; heights.i32 and labels.i32, one a
gap; unaries.i32, one a leaf; shape.json. Needs NumPy.
"""

import argparse
import json
import pathlib

import numpy


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--batches", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shape = {"batches": options.batches, "batchSize": 32, "longest": 60, "width": 768, "rank": 128, "labels": 100,
             "unaries": 120, "penalty": 5, "rate": 1e-3}
    random = numpy.random.default_rng(options.seed)
    lengths = random.integers(30, shape["longest"] + 1, shape["batches"] * shape["batchSize"], dtype=numpy.int32)
    leaves, gaps = int(lengths.sum()), int(lengths.sum()) - len(lengths)
    files = {
        "h.f32": random.standard_normal((leaves, shape["width"]), dtype=numpy.float32),
        "lengths.i32": lengths,
        "heights.i32": random.integers(1, 12, gaps, dtype=numpy.int32),
        "labels.i32": random.integers(0, shape["labels"], gaps, dtype=numpy.int32),
        "unaries.i32": random.integers(0, shape["unaries"], leaves, dtype=numpy.int32)}
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, values in files.items():
        values.tofile(options.folder / name)
    (options.folder / "shape.json").write_text(json.dumps(shape))


if __name__ == "__main__":
    main()
