"""Training steps of the AST probe (López et al., ASE 2022) by PyTorch, on the data of make_astprobe_data.py.

Usage: python astprobe.py FOLDER --variant plain|tuned|compiled [--clip 1.5] [--steps 64] [--medium] [--threads 2] [--runs 5]

A step: P = HB; squared norms of neighbours' differences, ranked by a hinge over all pairs of gaps of different height in
a snippet; cross-entropies of the gaps' and the leaves' labels; 5‖BᵀB − I‖²; gradients of B and both label matrices (of H
none is asked for in any variant); Adam. `--clip` clips the gradient's norm as the paper's code does; off by default, as
on our side.

`plain`: snippets padded to the longest, pairs compared and masked in the step, Adam as it comes.
`tuned`: leaves without padding, classes and weights of pairs made beforehand, fused Adam.
`compiled`: the same loss through torch.compile.
Denormals are flushed in all. Prints one JSON line: steps per second, and the loss (without the penalty), mean over
the last round of batches of the warm-up, which begins with fresh parameters.
"""

import itertools
import json
import pathlib
import sys

import peers

parser = peers.arguments(__doc__.splitlines()[0])
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--variant", choices=("plain", "tuned", "compiled"), default="tuned")
parser.add_argument("--steps", type=int, default=64, help="of one timed run")
parser.add_argument("--clip", type=float, help="largest norm of the gradient")
options = parser.parse_args()

import numpy  # noqa: E402
import torch  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

torch.set_num_threads(options.threads)
torch.set_flush_denormal(True)
torch.set_float32_matmul_precision("medium" if options.medium else "highest")
SHAPE = json.loads((options.folder / "shape.json").read_text())


def snippets():
    """Vectors, heights, labels and unaries of every snippet."""
    def read(name, kind):
        return torch.from_numpy(numpy.fromfile(options.folder / name, kind))
    lengths = read("lengths.i32", numpy.int32).tolist()
    gaps = [length - 1 for length in lengths]
    vectors = read("h.f32", numpy.float32).reshape(-1, SHAPE["width"])
    return list(zip(vectors.split(lengths), *(
        read(name, numpy.int32).long().split(sizes)
        for name, sizes in (("heights.i32", gaps), ("labels.i32", gaps), ("unaries.i32", lengths)))))


class Probe(torch.nn.Module):
    def __init__(self):
        super().__init__()
        def drawn(*shape):
            return torch.nn.Parameter(torch.empty(shape).uniform_(-0.05, 0.05))
        self.basis = drawn(SHAPE["width"], SHAPE["rank"])
        self.labels = drawn(SHAPE["rank"], SHAPE["labels"])
        self.unaries = drawn(SHAPE["rank"], SHAPE["unaries"])
        self.register_buffer("unit", torch.eye(SHAPE["rank"]))

    def penalty(self):
        return SHAPE["penalty"] * (self.basis.T @ self.basis - self.unit).square().sum()


# Padded


def padded(batch):
    """Vectors, heights, classes (−1 where there is nothing) and which gaps there are."""
    def pad(index, value):
        return torch.nn.utils.rnn.pad_sequence([each[index] for each in batch], batch_first=True, padding_value=value)
    heights = pad(1, -1)
    return pad(0, 0.0), heights, pad(2, -1), pad(3, -1), heights >= 0


def plain_loss(probe, batch):
    vectors, heights, labels, unaries, there = batch
    projected = vectors @ probe.basis
    steps = projected[:, 1:] - projected[:, :-1]
    distances = steps.square().sum(-1)
    higher = heights.unsqueeze(2) > heights.unsqueeze(1)
    counted = higher & there.unsqueeze(2) & there.unsqueeze(1)
    hinge = torch.relu(1 - (distances.unsqueeze(2) - distances.unsqueeze(1)))
    ranking = (hinge * counted).sum() / counted.sum().clamp(min=1)
    return (ranking + cross_entropy((steps @ probe.labels).flatten(0, 1), labels.flatten(), ignore_index=-1)
            + cross_entropy((projected @ probe.unaries).flatten(0, 1), unaries.flatten(), ignore_index=-1))


# Without padding


def packed(batch):
    """Vectors, which differences of neighbouring rows are gaps, each gap's place in a padded table, weights of its pairs,
    classes of all differences (−1 between snippets) and of the rows."""
    lengths = [len(each[0]) for each in batch]
    starts = list(itertools.accumulate(lengths, initial=0))
    gaps = torch.cat([torch.arange(start, start + length - 1) for start, length in zip(starts, lengths)])
    longest = max(lengths) - 1
    places = torch.cat([torch.arange(length - 1) + row * longest for row, length in enumerate(lengths)])
    heights = torch.full((len(batch) * longest,), -1)
    heights[places] = torch.cat([each[1] for each in batch])
    heights = heights.view(len(batch), longest)
    counted = (heights.unsqueeze(2) > heights.unsqueeze(1)) & (heights.unsqueeze(1) >= 0)
    labels = torch.full((starts[-1] - 1,), -1)
    labels[gaps] = torch.cat([each[2] for each in batch])
    return (torch.cat([each[0] for each in batch]), gaps, places, counted.float() / counted.sum().clamp(min=1), labels,
            torch.cat([each[3] for each in batch]))


def packed_loss(probe, batch):
    vectors, gaps, places, weights, labels, unaries = batch
    projected = vectors @ probe.basis
    steps = projected[1:] - projected[:-1]
    table = weights.new_zeros(weights.shape[0] * weights.shape[1])
    distances = table.index_copy(0, places, steps.square().sum(-1)[gaps]).view(weights.shape[:2])
    hinge = torch.relu(1 - distances.unsqueeze(2) + distances.unsqueeze(1))
    return ((hinge * weights).sum() + cross_entropy(steps @ probe.labels, labels, ignore_index=-1)
            + cross_entropy(projected @ probe.unaries, unaries))


def main():
    torch.manual_seed(0)
    probe = Probe()
    parameters = list(probe.parameters())
    every = snippets()
    size = SHAPE["batchSize"]
    batches = [every[start:start + size] for start in range(0, len(every), size)]
    if options.variant == "plain":
        loss, batches = plain_loss, [padded(batch) for batch in batches]
        adam = torch.optim.Adam(parameters, lr=SHAPE["rate"])
    else:
        loss, batches = packed_loss, [packed(batch) for batch in batches]
        adam = torch.optim.Adam(parameters, lr=SHAPE["rate"], fused=True)

    def whole(batch):
        found = loss(probe, batch)
        return found, found + probe.penalty()

    if options.variant == "compiled":
        whole = torch.compile(whole, dynamic=False)
        torch._dynamo.config.cache_size_limit = 2 * len(batches)

    def step(batch):
        found, total = whole(batch)
        adam.zero_grad(set_to_none=True)
        total.backward()
        if options.clip:
            torch.nn.utils.clip_grad_norm_(parameters, options.clip, foreach=True)
        adam.step()
        return found

    def run():
        found = [step(batches[index % len(batches)]).detach() for index in range(options.steps)]
        losses.append(float(torch.stack(found[-len(batches):]).mean()))

    losses = []
    seconds, busy = peers.timed(options, run)
    peers.emit(f"PyTorch, {options.variant}", options, {
        "variant": options.variant, "clip": options.clip, "steps": options.steps,
        "stepsPerSecond": peers.spread([options.steps / each for each in seconds], 2), "loss": losses[0],
        "otherCoresBusy": busy, "versions": {"torch": torch.__version__}})


if __name__ == "__main__":
    sys.exit(main())
