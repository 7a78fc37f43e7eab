"""`astprobe`: training steps of the AST probe beside PyTorch's, on the same bits."""

import json
import statistics
import sys

import harness
from harness import promise, spread, summary

VARIANTS = ("plain", "tuned", "compiled")
# By the name in the table: arguments of peers/astprobe.py.
PEERS = {f"{variant}{', medium' if medium else ''}": ["--variant", variant, *medium]
         for variant in VARIANTS for medium in ([], ["--medium"])}
# Largest relative difference of the losses after the same number of steps, from other draws and another order.
CLOSE = 0.02


def astprobe(options):
    if not options.python:
        sys.exit("astprobe: give a Python with torch and numpy as --python")
    folder = options.folder.resolve() / "astprobe-data"
    harness.measured([options.python, harness.PEERS / "make_astprobe_data.py", folder])
    shape = json.loads((folder / "shape.json").read_text())
    runs = ["--runs", options.runs or 5, "--threads", options.threads]
    mine, theirs, losses = [], {name: [] for name in PEERS}, {}
    for _ in range(options.rounds):
        ours = harness.lines([options.bench, "astprobe", folder, *runs])[0]
        mine.append(statistics.median(ours["stepsPerSecond"]))
        for name, arguments in PEERS.items():
            peer = harness.lines([options.python, harness.PEERS / "astprobe.py", folder, *arguments, *runs])[0]
            theirs[name].append(peer["stepsPerSecond"]["median"])
            losses[name] = peer["loss"]
    padded, best = (_ratio(mine, theirs, variants) for variants in (VARIANTS[:1], VARIANTS))
    apart = max(abs(loss / ours["loss"] - 1) for loss in losses.values())
    promises = [promise("× as fast as the padded probe, better precision", statistics.median(padded), least=2.5),
                promise("largest relative difference of the losses", apart, most=CLOSE)]
    harness.table(
        f"astprobe: {shape['batchSize']} snippets of 30–{shape['longest']} leaves, {shape['width']} → {shape['rank']}",
        [("probe", spread(mine, "{:.0f} steps/s"))]
        + [(f"PyTorch, {name}", spread(theirs[name], "{:.0f} steps/s")) for name in PEERS]
        + [("ratio to the padded one, better precision", spread(padded, "{:.2f} ×")),
           ("ratio to the best of all", spread(best, "{:.2f} ×")),
           ("in products", f"{ours['operationsPerStep'] * statistics.median(mine) / 1e9:.0f} GFLOP/s")], promises)
    return {"shape": shape, "stepsPerSecond": summary(mine),
            "peerStepsPerSecond": {name: summary(values) for name, values in theirs.items()},
            "ratioToPadded": summary(padded), "ratioToBest": summary(best),
            "loss": ours["loss"], "peerLosses": losses, "operationsPerStep": ours["operationsPerStep"],
            "versions": peer["versions"], "promises": promises}


def _ratio(mine, theirs, variants):
    """Ours over the fastest peer of these variants, round by round."""
    names = [name for name in PEERS if name.split(",")[0] in variants]
    return [own / max(theirs[name][each] for name in names) for each, own in enumerate(mine)]
