"""`capture`: SmolLM2-135M, the output of all 30 blocks at every token, float16, written durably.

Ours through `probe capture` (its own figure: forward pass, conversion, checksums and durable commits), the peers with a
mapped file that is flushed at the end.
"""

import json
import pathlib
import random
import re
import sys
import tempfile

import harness
from harness import spread, summary


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


def peak(command):
    """Peak resident MiB of a process, alone in a child of its own so that nobody else's peak counts."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,"
            " stderr=subprocess.DEVNULL, check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    return float(harness.measured([sys.executable, "-c", code, *command])[1])


def peers(options, ids, store):
    words = ["--medium", "--threads", options.threads, "--runs", options.runs or 2, "--store", store]
    found = {}
    if options.python:
        for attention in ("sdpa", "eager"):
            found[f"Hugging Face, tuned, {attention}"] = [
                options.python, harness.PEERS / "capture_smollm2.py", ids, "--gguf", options.model, "--attention",
                attention, *words]
    if options.transformerlens_python:
        found["TransformerLens, tuned"] = [
            options.transformerlens_python, harness.PEERS / "capture_transformerlens.py", ids, *words]
    return found


def capture(options):
    ours = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        ids = corpus(folder)
        commands = peers(options, ids, folder / "peer.npy")
        theirs = {name: [] for name in commands}

        def command(store):
            return [options.probe, "capture", "--model", options.model, "--corpus", ids, "--points",
                    "blocks.*.hook_resid_post", "--positions", "all", "--store", store]

        for round in range(options.rounds):
            errors = harness.measured(command(folder / f"ours-{round}.sqlite"))[2]
            ours.append(float(re.search(r"\(([\d,]+) tokens/s\)", errors)[1].replace(",", "")))
            for name, words in commands.items():
                theirs[name].append(harness.lines(words)[-1]["tokensPerSecond"]["median"])
        memory = peak(command(folder / "memory.sqlite"))
    rows = [("probe", f"{spread(ours, '{:,.0f}')} tokens/s, peak {memory:,.0f} MiB")]
    result = {"tokensPerSecond": summary(ours), "peakMiB": memory, "peers": {}}
    for name, rates in theirs.items():
        ratio = [mine / other for mine, other in zip(ours, rates)]
        result["peers"][name] = {"tokensPerSecond": summary(rates), "ratio": summary(ratio)}
        rows.append((name, f"{spread(rates, '{:,.0f}')} tokens/s; probe is {spread(ratio, '{:.2f}')} × as fast"))
    harness.table("capture of all 30 hook_resid_post of SmolLM2-135M, all positions", rows)
    return result
