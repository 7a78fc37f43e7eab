"""`load`, `sweep`, `startup`: SmolLM2-135M, and the program itself."""

import statistics

import harness
from harness import promise, spread, summary


def float32MiB():
    """SmolLM2-135M's weights as float32: embedding (tied), per block q and o, k and v, three of the MLP, two norms."""
    width, kept, hidden, layers, vocabulary = 576, 192, 1536, 30, 49152
    block = 2 * width * width + 2 * width * kept + 3 * width * hidden + 2 * width
    return 4 * (vocabulary * width + layers * block + width) / 2**20


def load(options):
    found = [harness.lines([options.bench, "load", options.model])[0] for _ in range(options.rounds)]
    seconds, memory = [each["timing"]["median"] for each in found], [each["anonymousMiB"] for each in found]
    share = [each / float32MiB() for each in memory]
    promises = [promise("seconds, warm", statistics.median(seconds), most=1.0),
                promise("anonymous memory, × the float32 weights", statistics.median(share), most=1.1)]
    harness.table("opening SmolLM2-135M's GGUF, warm", [
        ("seconds", spread(seconds, "{:.2f}")),
        ("anonymous memory", f"{spread(memory, '{:,.0f}')} MiB of {float32MiB():,.0f} as float32")], promises)
    return {"seconds": summary(seconds), "anonymousMiB": summary(memory), "float32MiB": float32MiB(),
            "promises": promises}


def sweep(options):
    found = [harness.lines([options.bench, "sweep", options.model, "--threads", options.threads])[0]
             for _ in range(options.rounds)]
    seconds, ratio = [each["sweepSeconds"] for each in found], [each["ratio"] for each in found]
    passes = [each["passSeconds"]["median"] * each["heads"] for each in found]
    promises = [promise("× as fast as one whole pass per head", statistics.median(ratio), least=2)]
    first = found[0]
    title = f"resample-patching of {first['heads']} heads on {first['prompts']} prompts, {first['tokens']} tokens"
    harness.table(title, [
        ("sweep", spread(seconds, "{:.1f} s")), ("one pass per head", spread(passes, "{:.1f} s")),
        ("ratio", spread(ratio, "{:.2f} ×")), ("strongest heads", ", ".join(first["strongest"]))], promises)
    return {"sweepSeconds": summary(seconds), "passesSeconds": summary(passes), "ratio": summary(ratio),
            "heads": first["heads"], "prompts": first["prompts"], "strongest": first["strongest"], "promises": promises}


def startup(options):
    runs = [harness.measured([options.probe, "--help"])[0] * 1000 for _ in range(options.rounds * 5 + 1)][1:]
    promises = [promise("median milliseconds of probe --help", statistics.median(runs), most=50)]
    harness.table("startup", [("probe --help", f"{statistics.median(runs):.1f} ms (worst {max(runs):.1f})")], promises)
    return {"helpMilliseconds": statistics.median(runs), "worst": max(runs), "promises": promises}
