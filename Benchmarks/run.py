#!/usr/bin/env python3
"""Measures what `probe` promises, beside peers on the same work in the same run. Prints a table, then one JSON line.

    python3 Benchmarks/run.py forward|small|generate|capture --python PYTHON [--transformerlens-python PYTHON]
    python3 Benchmarks/run.py products|load|sweep|startup
    python3 Benchmarks/run.py probe|everything --python PYTHON_WITH_SKLEARN
    python3 Benchmarks/run.py astprobe --python PYTHON_WITH_TORCH
    python3 Benchmarks/run.py store-write|store-read|store-capture|store-memory|store-many

Rounds alternate between the sides. Build first:

    swift build -c release --product probe
    swift build -c release --package-path Benchmarks

Benchmarks/README.md says what each measures. Figures count only from an idle machine; the JSON says `isMeasurement`.
"""

import argparse
import pathlib

import astprobe
import capture
import everything
import forward
import generate
import harness
import probes
import process
import store

BENCHMARKS = {
    "forward": forward.forward, "small": forward.small, "products": forward.products, "load": process.load,
    "sweep": process.sweep, "generate": generate.generate, "startup": process.startup, "capture": capture.capture,
    "probe": probes.probe, "astprobe": astprobe.astprobe, "everything": everything.everything,
    "store-write": store.write, "store-read": store.read, "store-capture": store.capture,
    "store-memory": store.memory, "store-many": store.many}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", choices=BENCHMARKS)
    parser.add_argument("--python", help="a Python with torch, transformers, gguf; for probe: scikit-learn")
    parser.add_argument("--transformerlens-python", help="a Python with torch and transformer-lens 3")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, help="timed runs of each process, which gives their median")
    parser.add_argument("--threads", type=int, default=2, help="of both sides")
    parser.add_argument("--bench", default=harness.ROOT / "Benchmarks/.build/release/probe-bench",
                        help="the built probe-bench")
    parser.add_argument("--probe", default=harness.PROBE, help="the built probe")
    parser.add_argument("--model", default=harness.MODEL, help="SmolLM2-135M as GGUF")
    parser.add_argument("--folder", type=pathlib.Path, default=harness.ROOT / ".build",
                        help="on the disk where stores and data are written; in memory, syncing would cost nothing")
    options = parser.parse_args()
    harness.finish(options.benchmark, BENCHMARKS[options.benchmark](options))


if __name__ == "__main__":
    main()
