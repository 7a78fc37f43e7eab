"""`generate`: greedy continuations of the same token ids by SmolLM2-135M; nothing stops early on either side."""

import json
import pathlib
import random
import tempfile

import harness
from harness import promise, ratios, spread, summary

LENGTH, TOKENS = 32, 64
PROMPTS = (1, 8)


def generate(options):
    generator = random.Random(11)
    parts, versions, isSame = [], {}, True
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary) / "ids.json"
        for count in PROMPTS:
            prompts = [[generator.randrange(20, 49_000) for _ in range(LENGTH)] for _ in range(count)]
            path.write_text(json.dumps(prompts))
            ours, theirs = rounds(options, path)
            isSame = isSame and all(each["isSame"] for each in ours)
            parts.append(compare(count, ours, theirs))
            for found in theirs.values():
                versions.update(found[0]["versions"])
    promises = [promise("with the cache the same tokens as without (1: yes)", float(isSame), least=1)]
    harness.table("generation", [], promises)
    return {"promptTokens": LENGTH, "tokens": TOKENS, "threads": options.threads, "results": parts,
            "versions": versions, "promises": promises}


def rounds(options, path):
    """The lines of ours, and of each peer, one a round."""
    words = [path, "--tokens", TOKENS, "--threads", options.threads, "--runs", options.runs or 3]
    peer = [options.python, harness.PEERS / "generate_smollm2.py", *words, "--gguf", options.model]
    commands = {"Hugging Face, default": peer, "Hugging Face, tuned": [*peer, "--medium"]} if options.python else {}
    ours, theirs = [], {name: [] for name in commands}
    for _ in range(options.rounds):
        ours += harness.lines([options.bench, "generate", options.model, *words])
        for name, command in commands.items():
            theirs[name] += harness.lines(command)
    return ours, theirs


def compare(count, ours, theirs):
    """Prints the table of one number of prompts; its part of the JSON line."""
    def rate(seconds):
        return f"{spread([count * TOKENS / each for each in seconds], '{:,.0f}')} tokens/s"

    mine, uncached = ([line[kind]["median"] for line in ours] for kind in ("cached", "uncached"))
    gain = ratios(uncached, mine)
    part = {"prompts": count, "seconds": summary(mine), "uncached": summary(uncached), "peers": {}}
    rows = [("probe", rate(mine)),
            ("probe without the cache", f"{rate(uncached)}; the cache makes it {spread(gain, '{:.2f}')} × as fast")]
    for name, found in theirs.items():
        seconds = [line["seconds"]["median"] for line in found]
        ratio = ratios(seconds, mine)
        same = sum(a == b for a, b in zip(ours[0]["continuations"], found[0]["continuations"]))
        part["peers"][name] = {"seconds": summary(seconds), "ratio": summary(ratio), "sameContinuations": same}
        rows.append((name, f"{rate(seconds)}; probe is {spread(ratio, '{:.2f}')} × as fast; "
                           f"{same} of {count} continuations the same"))
    prompts = "1 prompt" if count == 1 else f"{count} prompts"
    harness.table(f"greedy generation, SmolLM2-135M: {prompts} of {LENGTH} tokens, {TOKENS} tokens more each", rows)
    return part
