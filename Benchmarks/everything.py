"""The whole statistics of a linear probe over a store: 30 points of 20,000 rows and 576 dimensions, one class of two."""

import json
import pathlib
import shutil
import statistics
import subprocess
import sys

import harness

POINTS, ITEMS, WIDTH = 30, 20_000, 576

# Rows like activations: a few strong directions, a class direction that grows over the points, groups of ten items that
# share an offset, 500 types with an offset of their own. float16, as a capture would store them.
MAKE = """
import json, sys
import numpy
folder, points, items, width = sys.argv[1], *map(int, sys.argv[2:])
draw = numpy.random.Generator(numpy.random.PCG64(20261123))
kind, group = draw.integers(0, 500, items), numpy.arange(items) // 10
# Five of each class in every group: a permutation test wants labels that vary in all groups or in none.
label = draw.permuted(numpy.tile([0, 1], (items // 10, 5)), axis=1).reshape(-1)
with open(f"{folder}/examples.jsonl", "w") as out:
    for i in range(items):
        out.write(json.dumps({"id": str(i), "text": f"item{i} kind{kind[i]}", "group": f"g{group[i]}",
                              "labels": {"label": "ab"[label[i]], "kind": f"k{kind[i]}"}}) + "\\n")
scale = numpy.arange(1, width + 1, dtype=numpy.float32) ** -0.3
for point in range(points):
    mix = numpy.linalg.qr(draw.standard_normal((width, width)))[0].astype(numpy.float32)
    rows = draw.standard_normal((items, width), dtype=numpy.float32) * scale
    rows += 0.3 * draw.standard_normal((items // 10, width), dtype=numpy.float32)[group] * scale
    rows += 0.3 * draw.standard_normal((500, width), dtype=numpy.float32)[kind] * scale
    rows[:, 40] += 0.05 * point * label
    numpy.save(f"{folder}/x{point:02d}.npy", (rows @ mix).astype(numpy.float16))
"""

SPEC = """name: everything
analyze:
  - linear-probe:
      label: label
      replicates: 1000
      permutations: 999
      control: { by: kind }
      without: [widths, families, mdl, calibration, similarity, erasure, causal, learning-curve]
seed: 1
"""


def everything(options):
    """Held-out probe, 5-fold nested cross-validation, control task, 1,000 resamples, 999 permutations."""
    folder = pathlib.Path(options.folder) / "everything"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    store, spec = folder / "everything.sqlite", folder / "everything.yaml"
    spec.write_text(SPEC)
    subprocess.run([options.python or sys.executable, "-c", MAKE, str(folder), str(POINTS), str(ITEMS), str(WIDTH)],
                   check=True)
    for point in range(POINTS):
        values = folder / f"x{point:02d}.npy"
        subprocess.run([str(options.probe), "store", "import", str(store), "--activations", str(values), "--examples",
                        str(folder / "examples.jsonl"), "--point", f"resid_post.{point}", "--name", "everything"],
                       check=True, capture_output=True)
        values.unlink()
    seconds = [harness.measured([options.probe, "analyze", spec, "--store", store, "--out", folder])[0]
               for _ in range(options.rounds)]
    question = json.loads((folder / "everything.json").read_text())["analyses"][0]["findings"]["questions"][0]
    shutil.rmtree(folder)
    promises = [harness.promise("everything on, seconds", statistics.median(seconds), most=300)]
    harness.table(
        f"{POINTS} points × {ITEMS:,} rows × {WIDTH}: held-out probe, 5-fold nested cross-validation, control task, "
        "1,000 resamples, 999 permutations",
        [("probe analyze", harness.spread(seconds, "{:.1f} s")),
         ("a point", harness.spread([each / POINTS for each in seconds], "{:.2f} s"))], promises)
    return {"points": POINTS, "items": ITEMS, "width": WIDTH, "seconds": harness.summary(seconds),
            "p": question["permutation"]["value"]["best"],
            "procedure": question["procedure"]["value"]["headline"], "promises": promises}
