"""`astprobe`: training steps of the AST probe beside PyTorch's, on the same bits."""

import json
import statistics
import sys

import harness
from harness import promise, spread, summary

# Name, arguments of peers/astprobe.py, whether it counts as tuned.
PEERS = (("plain", ["--variant", "plain"], False), ("tuned", ["--variant", "tuned"], True),
         ("tuned, medium", ["--variant", "tuned", "--medium"], True),
         ("compiled", ["--variant", "compiled"], True),
         ("compiled, medium", ["--variant", "compiled", "--medium"], True))
# Largest relative difference of the losses after the same number of steps, from other draws and another order.
CLOSE = 0.02


def astprobe(options):
    if not options.python:
        sys.exit("astprobe: give a Python with torch and numpy as --python")
    folder = options.folder.resolve() / "astprobe-data"
    harness.measured([options.python, harness.PEERS / "make_astprobe_data.py", folder])
    shape = json.loads((folder / "shape.json").read_text())
    runs = ["--runs", options.runs or 5, "--threads", options.threads]
    mine, theirs, losses = [], {name: [] for name, _, _ in PEERS}, {}
    for _ in range(options.rounds):
        ours = harness.lines([options.bench, "astprobe", folder, *runs])[0]
        mine.append(statistics.median(ours["stepsPerSecond"]))
        for name, arguments, _ in PEERS:
            peer = harness.lines([options.python, harness.PEERS / "astprobe.py", folder, *arguments, *runs])[0]
            theirs[name].append(peer["stepsPerSecond"]["median"])
            losses[name] = peer["loss"]
    best = [max(theirs[name][each] for name, _, tuned in PEERS if tuned) for each in range(options.rounds)]
    ratio = [own / other for own, other in zip(mine, best)]
    apart = max(abs(loss / ours["loss"] - 1) for loss in losses.values())
    promises = [promise("× as fast as the best tuned PyTorch", statistics.median(ratio), least=2.5),
                promise("largest relative difference of the losses", apart, most=CLOSE)]
    harness.table(
        f"astprobe: {shape['batchSize']} snippets of 30–{shape['longest']} leaves, {shape['width']} → {shape['rank']}",
        [("probe", spread(mine, "{:.0f} steps/s"))]
        + [(f"PyTorch, {name}", spread(theirs[name], "{:.0f} steps/s")) for name, _, _ in PEERS]
        + [("ratio to the best tuned one", spread(ratio, "{:.2f} ×")),
           ("in products", f"{ours['operationsPerStep'] * statistics.median(mine) / 1e9:.0f} GFLOP/s")], promises)
    return {"shape": shape, "stepsPerSecond": summary(mine),
            "peerStepsPerSecond": {name: summary(values) for name, values in theirs.items()}, "ratio": summary(ratio),
            "loss": ours["loss"], "peerLosses": losses, "operationsPerStep": ours["operationsPerStep"],
            "versions": peer["versions"], "promises": promises}
