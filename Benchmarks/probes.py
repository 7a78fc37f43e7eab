"""`probe`: logistic and ridge probes of 12 points beside scikit-learn, on identical bits."""

import array
import json
import math
import statistics
import sys

import harness
from harness import promise, ratios, spread, summary


def probe(options):
    if not options.python:
        sys.exit("probe: give a Python with scikit-learn as --python")
    folder = options.folder.resolve() / "probe-data"
    harness.measured([options.python, harness.PEERS / "make_probe_data.py", folder])
    shape = json.loads((folder / "shape.json").read_text())
    found = [sweep(options, folder, shape, "logistic", least=10), sweep(options, folder, shape, "ridge", least=20)]
    return {"results": found, "promises": [each for part in found for each in part["promises"]]}


def sweep(options, folder, shape, task, least):
    """Ours and scikit-learn's in turns."""
    mine, theirs, chosen = [], [], []
    for _ in range(options.rounds):
        ours = harness.lines([options.bench, "probe", folder, "--task", task, "--threads", options.threads])[0]
        peer = _peer(options, folder, task)
        mine += ours["seconds"]
        theirs += peer["seconds"]
        if task == "ridge":
            chosen += _peer(options, folder, "ridge-cv")["seconds"]
    ratio = ratios(theirs, mine)
    apart = [100 * abs(a - b) for pair in zip(ours["accuracy"], peer["accuracy"]) for a, b in zip(*pair)]
    # Cosines are with the solution itself: scikit-learn's default tolerance stops short of it.
    exact = "exact" if task == "logistic" else task
    if exact != task:
        _peer(options, folder, exact)
    cosines = _cosines(folder, task, exact, shape["points"])
    promises = [promise(f"{task}, × as fast as scikit-learn", statistics.median(ratio), least=least),
                promise(f"{task}, largest difference of accuracy in points", max(apart), most=0.2),
                promise(f"{task}, lowest cosine with the coefficients", min(cosines), least=0.999)]
    strengths = len(shape["alphas"]) if task == "ridge" else 1
    rows = [("probe", spread(mine, "{:.2f} s")), ("scikit-learn", spread(theirs, "{:.2f} s")),
            ("ratio", spread(ratio, "{:.1f} ×")),
            ("test accuracy, first and last point", " and ".join(f"{ours['accuracy'][k][0]:.4f}" for k in (0, -1)))]
    if chosen:
        rows.append(("scikit-learn's RidgeClassifierCV", spread(chosen, "{:.2f} s")))
    harness.table(f"{task}: {shape['points']} points × {strengths} strengths, {shape['train']:,} × {shape['width']}, "
                  f"{shape['classes']} classes", rows, promises)
    return {"task": task, "seconds": summary(mine), "peerSeconds": summary(theirs), "ratio": summary(ratio),
            "ridgeCVSeconds": summary(chosen) if chosen else None, "accuracy": ours["accuracy"],
            "peerAccuracy": peer["accuracy"], "accuracyPointsApart": max(apart), "cosines": cosines,
            "iterations": ours.get("iterations"), "peerIterations": peer["iterations"], "versions": peer["versions"],
            "promises": promises}


def _peer(options, folder, task):
    return harness.lines([options.python, harness.PEERS / "probe_sklearn.py", folder, "--task", task, "--threads",
                          options.threads])[0]


def _cosines(folder, task, exact, points):
    """Of both sides' coefficients, by point; of the first strength where there are several."""
    sides = []
    for name in (f"probe-{task}.f32", f"sklearn-{exact}.f32"):
        values = array.array("f")
        values.frombytes((folder / name).read_bytes())
        sides.append(values)
    size = len(sides[0]) // points
    return [_cosine(*(side[point * size:(point + 1) * size] for side in sides)) for point in range(points)]


def _cosine(a, b):
    return sum(map(float.__mul__, a, b)) / math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))
