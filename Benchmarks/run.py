#!/usr/bin/env python3
"""Measures what `probe` promises, beside a peer on the same work in the same run. Prints a table, then one JSON line.

    python3 Benchmarks/run.py startup
    python3 Benchmarks/run.py capture --python PEER_PYTHON [--transformerlens-python PYTHON] [--rounds 3]

`capture`: SmolLM2-135M, the output of all 30 blocks at every token, float16, written durably. Ours through
`probe capture` (its own figure: forward pass, conversion, checksums and durable commits), the peers through
`Benchmarks/peers/` (Hugging Face with a mapped file flushed at the end). Rounds alternate between the sides. Build
first: swift build -c release --product probe. A ratio counts only from an idle machine.
"""

import argparse
import json
import os
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROBE = ROOT / ".build" / "release" / "probe"
MODEL = pathlib.Path(os.environ.get("PROBE_MODELS", ROOT / ".probe" / "models")) / "smollm2-135m.gguf"
# Each of these can force slower kernels on either side.
FORCING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def environment():
    return {name: value for name, value in os.environ.items() if name not in FORCING}


def measured(command, cwd=None):
    """Wall seconds, peak resident MiB and the output of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment(), cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    wall = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{errors.decode()}")
    return wall, output.decode(), errors.decode()


def peak(command):
    """Peak resident MiB of a process, alone in a child of its own so that nobody else's peak counts."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,"
            " stderr=subprocess.DEVNULL, check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    return float(measured([sys.executable, "-c", code, *map(str, command)])[1])


def table(title, rows):
    print(title)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"  {name:<{width}}  {text}")


def startup(options):
    runs = [measured([PROBE, "--help"])[0] * 1000 for _ in range(options.rounds * 5 + 1)][1:]
    result = {"benchmark": "startup", "helpMilliseconds": statistics.median(runs), "worst": max(runs)}
    table("startup", [("probe --help", f"{result['helpMilliseconds']:.1f} ms (worst {result['worst']:.1f}), promised < 50")])
    return result


def corpus(folder, tokens=20_000):
    """Token ids of texts of mixed lengths, as a JSONL corpus: the same ids for every side."""
    generator = random.Random(7)
    path = folder / "ids.jsonl"
    with path.open("w") as file:
        total = 0
        while total < tokens:
            length = min(generator.choice([16, 32, 64, 128, 256, 512]), tokens - total)
            ids = [generator.randrange(20, 49_000) for _ in range(length)]
            file.write(json.dumps({"id": f"t{total}", "token_ids": ids}) + "\n")
            total += length
    return path


def capture(options):
    peers = {}
    if options.python:
        for attention in ("sdpa", "eager"):
            peers[f"Hugging Face, tuned, {attention}"] = [
                options.python, ROOT / "Benchmarks/peers/capture_smollm2.py", "{ids}", "--gguf", MODEL, "--medium",
                "--attention", attention, "--threads", "2", "--runs", "2", "--store", "{store}"]
    if options.transformerlens_python:
        peers["TransformerLens, tuned"] = [
            options.transformerlens_python, ROOT / "Benchmarks/peers/capture_transformerlens.py", "{ids}", "--medium",
            "--threads", "2", "--runs", "2", "--store", "{store}"]
    ours, theirs, busy = [], {name: [] for name in peers}, []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        ids = corpus(folder)

        def command(store):
            return [PROBE, "capture", "--model", MODEL, "--corpus", ids, "--points", "blocks.*.hook_resid_post",
                    "--positions", "all", "--store", store]

        for round in range(options.rounds):
            errors = measured(command(folder / f"ours-{round}.sqlite"))[2]
            ours.append(float(re.search(r"\(([\d,]+) tokens/s\)", errors)[1].replace(",", "")))
            for name, words in peers.items():
                filled = [str(w).format(ids=ids, store=folder / "peer.npy") for w in words]
                line = json.loads(measured(filled)[1].strip().splitlines()[-1])
                theirs[name].append(line["tokensPerSecond"]["median"])
                busy.append(line["otherCoresBusy"])
        memory = peak(command(folder / "memory.sqlite"))
    result = {"benchmark": "capture", "tokensPerSecond": ours, "peakMiB": memory, "peers": theirs, "otherCoresBusy": busy}
    rows = [("probe", f"{statistics.median(ours):,.0f} tokens/s ({min(ours):,.0f}–{max(ours):,.0f}), peak {memory:,.0f} MiB")]
    for name, rates in theirs.items():
        ratios = [mine / other for mine, other in zip(ours, rates)]
        result.setdefault("ratios", {})[name] = ratios
        rows.append((name, f"{statistics.median(rates):,.0f} tokens/s ({min(rates):,.0f}–{max(rates):,.0f}); "
                           f"probe is {statistics.median(ratios):.2f} × as fast ({min(ratios):.2f}–{max(ratios):.2f})"))
    table("capture of all 30 hook_resid_post of SmolLM2-135M, all positions", rows)
    if busy and max(busy) > 0.1:
        print(f"  other processes used up to {max(busy):.2f} cores: not a measurement")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", choices=("startup", "capture"))
    parser.add_argument("--python", help="a Python with torch, transformers, gguf")
    parser.add_argument("--transformerlens-python", help="a Python with torch and transformer-lens 3")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps({"startup": startup, "capture": capture}[options.benchmark](options)))


if __name__ == "__main__":
    main()
