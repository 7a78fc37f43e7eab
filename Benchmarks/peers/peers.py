"""What the drivers share: arguments, equal work in batches, timing, one JSON line. Import it before torch."""

import argparse
import json
import os
import pathlib
import platform
import resource
import statistics
import time

# Each forces kernels on a library that would have chosen better; all are read when the library loads.
FORCING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NPY_DISABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY",
           "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR")
REMOVED = [name for name in FORCING if os.environ.pop(name, None) is not None]


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--medium", action="store_true",
                        help="float32 matmul precision medium: oneDNN's float32 kernels instead of MKL's")
    return parser


def capturing(about):
    """Arguments of a driver that captures the activations of given tokens."""
    parser = arguments(about)
    parser.add_argument("ids", type=pathlib.Path,
                        help="JSON list of lists of token ids, or a JSONL corpus with token_ids")
    parser.add_argument("--batch-tokens", type=int, default=2048, help="positions a batch, padding included")
    parser.add_argument("--store", type=pathlib.Path, help="write float16 activations to this file (memmap)")
    parser.add_argument("--no-store", dest="store", action="store_const", const=None, help="the default: memory")
    return parser


def forwarding(about, kept):
    """Arguments of a driver that runs batches of random tokens and keeps some of `kept`."""
    parser = arguments(about)
    parser.add_argument("--shape", action="append", required=True, help="SEQUENCESxTOKENS, several times")
    parser.add_argument("--kept", action="append", choices=kept, required=True, help="several times")
    return parser


def prepare(options):
    """Sets threads and precision; returns torch."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    import torch
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    if options.medium:
        torch.set_float32_matmul_precision("medium")
    return torch


def batches(options):
    """Batches of similar length: (ids padded on the right, rows of the real tokens or None if all are).

    No attention mask: under causal attention a token never sees what stands to its right, so padding on the
    right cannot change a real token, and the fast causal kernels stay usable.
    """
    import torch
    text = options.ids.read_text()
    if options.ids.suffix == ".jsonl":
        sequences = [json.loads(line)["token_ids"] for line in text.splitlines()]
    else:
        sequences = json.loads(text)
    result, batch = [], []
    for ids in sorted(sequences, key=len):
        if batch and (len(batch) + 1) * len(ids) > options.batch_tokens:
            result.append(batch)
            batch = []
        batch.append(ids)
    result.append(batch)
    return [pad(batch, torch) for batch in result]


def pad(batch, torch):
    width = max(len(ids) for ids in batch)
    padded = torch.tensor([ids + [0] * (width - len(ids)) for ids in batch])
    real = torch.tensor([[position < len(ids) for position in range(width)] for ids in batch]).flatten()
    return padded, None if real.all() else real.nonzero().flatten()


class Store:
    """float16 [layer, token, dModel], in a file or in memory, filled layer by layer as the batches come."""

    def __init__(self, path, layers, tokens, width):
        import numpy
        import torch
        shape = (layers, tokens, width)
        self.file = numpy.lib.format.open_memmap(path, "w+", numpy.float16, shape) if path else None
        self.values = torch.from_numpy(self.file) if path else torch.empty(shape, dtype=torch.float16)

    def put(self, layer, start, activation, rows):
        """The real tokens of one batch, [sequence, position, dModel], behind those of the batches before."""
        flat = activation.reshape(-1, activation.shape[-1])
        flat = flat if rows is None else flat[rows]
        self.values[layer, start:start + len(flat)].copy_(flat)

    def close(self):
        if self.file is not None:
            self.file.flush()


def measure(name, options, run, tokens, **more):
    """One warm-up, then `runs` timed runs; prints the JSON line of a capture."""
    seconds, busy = timed(options, run)
    emit(name, options, {
        "tokens": tokens, "batchTokens": options.batch_tokens, "stored": options.store is not None,
        "tokensPerSecond": spread([tokens / s for s in seconds], 1), "otherCoresBusy": busy, "peakRSSMiB": peak(),
        **more})


def forward(name, options, works, tokenCount, **more):
    """Times every shape with everything that is asked to be kept; prints a JSON line each.

    `works`: what is kept → what is done with token ids [sequences, tokens].
    """
    import torch
    for shape in options.shape:
        batch, length = (int(size) for size in shape.split("x"))
        ids = torch.randint(0, tokenCount, (batch, length), generator=torch.Generator().manual_seed(1))
        for kept in options.kept:
            seconds, busy = timed(options, lambda: works[kept](ids))
            emit(name, options, {"shape": shape, "kept": kept, "seconds": spread(seconds, 6), "otherCoresBusy": busy,
                                 **more})


def timed(options, run):
    """Seconds of `runs` runs after one warm-up, and how many cores others used meanwhile."""
    run()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak from here on: loading is not the work
    seconds, busy = [], 0.0
    for _ in range(options.runs):
        before, start = others(), time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
        busy += others() - before
    return seconds, round(max(0.0, busy) / sum(seconds), 2)


def spread(values, digits):
    return {"median": round(statistics.median(values), digits), "min": round(min(values), digits),
            "max": round(max(values), digits)}


def emit(name, options, result):
    print(json.dumps({
        "peer": name, "runs": options.runs, "threads": options.threads, "medium": options.medium,
        "removedVariables": REMOVED, "python": platform.python_version(), **result}), flush=True)


def others():
    """CPU seconds spent on this machine by everybody else, since boot."""
    ticks = [int(field) for field in open("/proc/stat").readline().split()[1:8]]
    own = resource.getrusage(resource.RUSAGE_SELF)
    user, nice, system, _, _, irq, softirq = ticks
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK") - own.ru_utime - own.ru_stime


def peak():
    """Highest resident memory since `clear_refs`, MiB."""
    status = pathlib.Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
