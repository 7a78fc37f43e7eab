"""Synthetic activations with a planted linear signal: 12 points of 20,000 × 768, ten classes, more signal at each.

Usage: python make_probe_data.py FOLDER

From PCG64 with a fixed seed, as raw little-endian files that every tool reads: x00.f32 … x11.f32 `[items, width]`,
labels.i32, order.i32 (a permutation whose first 16,000 train and whose rest tests), shape.json. Class means lie in 16
directions, noise falls off as rank^-0.3, and a random rotation mixes both. Nothing is done when the files are there.
"""

import json
import pathlib
import sys

import numpy

ITEMS, WIDTH, CLASSES, POINTS, TRAIN, SIGNAL = 20_000, 768, 10, 12, 16_000, 16
# Strengths of the ridge sweep, scikit-learn's alpha.
ALPHAS = numpy.logspace(-3, 4, 20).tolist()


def main(folder):
    shape = {"items": ITEMS, "width": WIDTH, "classes": CLASSES, "points": POINTS, "train": TRAIN, "alphas": ALPHAS}
    done = folder / "shape.json"
    if done.exists() and json.loads(done.read_text()) == shape:
        return
    folder.mkdir(parents=True, exist_ok=True)
    # The order of draws is what makes the bits.
    draw = numpy.random.Generator(numpy.random.PCG64(20240607))
    labels = draw.integers(0, CLASSES, ITEMS).astype(numpy.int32)
    order = draw.permutation(ITEMS).astype(numpy.int32)
    means = draw.standard_normal((CLASSES, SIGNAL), dtype=numpy.float32)
    rotation = numpy.linalg.qr(draw.standard_normal((WIDTH, WIDTH)))[0].astype(numpy.float32)
    spread = numpy.arange(1, WIDTH + 1, dtype=numpy.float32) ** -0.3
    draw.standard_normal(SIGNAL)  # the weights of a regression that nothing here asks for
    for point in range(POINTS):
        values = draw.standard_normal((ITEMS, WIDTH), dtype=numpy.float32) * spread
        values[:, :SIGNAL] += (0.10 + 0.09 * point) * means[labels] * 0.35
        numpy.ascontiguousarray(values @ rotation, numpy.float32).tofile(folder / f"x{point:02d}.f32")
        if point == 6:
            draw.standard_normal(ITEMS)  # that regression's noise
    labels.tofile(folder / "labels.i32")
    order.tofile(folder / "order.i32")
    done.write_text(json.dumps(shape))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
