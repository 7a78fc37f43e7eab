"""`forward`, `small`, `products`: a model of GPT-2-small's shape and random weights, which do not change the work."""

import contextlib
import json
import pathlib
import statistics
import tempfile

import harness
from harness import promise, ratios, spread, summary

SHAPE = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 12, "n_embd": 768, "n_head": 12,
         "n_inner": None, "n_positions": 1024, "n_ctx": 1024, "vocab_size": 50257,
         "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "initializer_range": 0.02,
         "tie_word_embeddings": True, "bos_token_id": 50256, "eos_token_id": 50256}
LAYERS, WIDTH, HIDDEN, VOCABULARY = 12, 768, 4 * 768, 50257
# Products of a row through the weights: inputs, outputs, how often a pass does them.
PRODUCTS = {"q, k, v": (WIDTH, 3 * WIDTH, LAYERS), "attention output": (WIDTH, WIDTH, LAYERS),
            "MLP in": (WIDTH, HIDDEN, LAYERS), "MLP out": (HIDDEN, WIDTH, LAYERS),
            "unembedding": (WIDTH, VOCABULARY, 1)}
KEPT = {"logits": "logits", "residuals": "13 residuals, no logits", "everything": "everything in memory, with logits"}
# What is kept → the least ratio to the best peer of a tuning.
PROMISED = {"logits": {"default": 2.3, "tuned": 1.35}, "residuals": {"tuned": 1.35}}


def operations(batch, length):
    """Floating-point operations of a pass with logits, a multiply-add being two.

    2 · rows · Σ inputs · outputs over the products with weights, and per layer and sequence scores and mixing under
    the causal mask: 2 · 2 · dModel · length · (length + 1) / 2. Norms, softmax and activations are not counted.
    """
    weights = sum(count * inputs * outputs for inputs, outputs, count in PRODUCTS.values())
    return 2 * batch * length * weights + batch * LAYERS * 2 * WIDTH * length * (length + 1)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary)
        (path / "config.json").write_text(json.dumps(SHAPE))
        yield path


def ours(options, path, shapes, kept, runs):
    """Median seconds by (shape, kept)."""
    found = {}
    for batch, length in shapes:
        command = [options.bench, "forward", path, "--random", "--batch", batch, "--length", length, "--threads",
                   options.threads, "--runs", runs]
        for line in harness.lines(command + [word for each in kept for word in ("--kept", each)]):
            found[(f"{batch}x{length}", line["kept"])] = line["timing"]["median"]
    return found


def peers(options, shapes, kept, runs, lens=True):
    """Name → (command, what it keeps); tuned is float32 through oneDNN."""
    found = {}
    for tuning, flags in (("default", []), ("tuned", ["--medium"])):
        words = flags + ["--threads", options.threads, "--runs", runs]
        words += [word for batch, length in shapes for word in ("--shape", f"{batch}x{length}")]
        if options.python:
            keeps = [each for each in kept if each != "everything"]
            found[f"Hugging Face, {tuning}"] = [options.python, harness.PEERS / "forward_huggingface.py", *words] + [
                word for each in keeps for word in ("--kept", each)]
        if options.transformerlens_python and lens:
            found[f"TransformerLens, {tuning}"] = [
                options.transformerlens_python, harness.PEERS / "forward_transformerlens.py", *words] + [
                word for each in kept for word in ("--kept", each)]
    return found


def rounds(options, path, shapes, kept, runs, lens=True):
    """Seconds by (shape, kept), one figure a round: ours, and each peer's; and the peers' versions."""
    commands = peers(options, shapes, kept, runs, lens)
    mine, theirs, versions = {}, {name: {} for name in commands}, {}
    for _ in range(options.rounds):
        for key, seconds in ours(options, path, shapes, kept, runs).items():
            mine.setdefault(key, []).append(seconds)
        for name, command in commands.items():
            for line in harness.lines(command):
                theirs[name].setdefault((line["shape"], line["kept"]), []).append(line["seconds"]["median"])
                versions.update(line["versions"])
    return mine, theirs, versions


def compare(mine, theirs, key, unit=1.0, form="{:.3f} s"):
    """Rows of the table and the part of the JSON line for one (shape, kept)."""
    shown = [seconds * unit for seconds in mine[key]]
    rows = [("probe", spread(shown, form))]
    part = {"shape": key[0], "kept": key[1], "seconds": summary(mine[key]), "peers": {}}
    for name, found in theirs.items():
        if key not in found:
            continue
        ratio = ratios(found[key], mine[key])
        part["peers"][name] = {"seconds": summary(found[key]), "ratio": summary(ratio)}
        text = spread([seconds * unit for seconds in found[key]], form)
        rows.append((name, f"{text}; probe is {spread(ratio, '{:.2f}')} × as fast"))
    return rows, part


def worst(part, tuning):
    """The ratio to the best peer of that tuning, by its median; None without one."""
    return min((each["ratio"]["median"] for name, each in part["peers"].items() if name.endswith(tuning)), default=None)


def rates(options, rows):
    """Operations a second of one thread by (rows, product), and the machine's float32 peak."""
    command = [options.bench, "products", "--threads", options.threads]
    command += [word for count in rows for word in ("--rows", count)]
    command += [word for inputs, outputs, _ in PRODUCTS.values() for word in ("--weights", f"{inputs}x{outputs}")]
    return harness.lines(command)[0]


def ofProducts(rate, rows, kind="packed"):
    """Seconds of one thread in all products of a pass at these one-thread rates."""
    by = {(each["rows"], each["inputs"], each["outputs"]): each[kind] for each in rate["products"]}
    return sum(count * 2 * rows * inputs * outputs / by[(rows, inputs, outputs)]
               for inputs, outputs, count in PRODUCTS.values())


def forward(options):
    shapes, parts, found = [(8, 128)], [], []
    with folder() as path:
        rate = rates(options, [8 * 128])
        mine, theirs, versions = rounds(options, path, shapes, list(KEPT), options.runs or 7)
        again = rates(options, [8 * 128])
    for kept, title in KEPT.items():
        rows, part = compare(mine, theirs, ("8x128", kept))
        parts.append(part)
        harness.table(f"GPT-2-small shape, 8 × 128 tokens, {options.threads} threads: {title}", rows)
        for tuning, least in PROMISED.get(kept, {}).items():
            ratio = worst(part, tuning)
            if ratio is not None:
                found.append(promise(f"{kept}, × the best {tuning} peer", ratio, least=least))
    logits = mine[("8x128", "logits")]
    peak = max(rate["peak"], again["peak"])
    share = operations(8, 128) / statistics.median(logits) / peak
    found.append(promise(f"logits, share of the float32 peak ({peak * 1e-9:.0f} GFLOP/s)", share, least=0.75))
    dearer = ratios(mine[("8x128", "everything")], logits)
    found.append(promise("everything kept, × the time of logits alone", statistics.median(dearer), most=1.25))
    # Threads scale as their arithmetic does: two may share a core.
    alone = min(ofProducts(each, 1024) * each["peakOfOneThread"] / each["peak"] for each in (rate, again))
    rest = 1 - alone / statistics.median(logits)
    found.append(promise("share of the time that products alone do not explain", rest, most=0.1))
    harness.table("promises", [], found)
    return {"model": "GPT-2-small shape, random", "threads": options.threads, "results": parts, "peak": peak,
            "operations": operations(8, 128), "shareOfPeak": share, "everythingOverLogits": summary(dearer),
            "productsAloneSeconds": alone, "versions": versions, "promises": found}


def small(options):
    shapes, parts = [(1, 64), (1, 12), (8, 8)], []
    with folder() as path:
        mine, theirs, versions = rounds(options, path, shapes, ["logits"], options.runs or 30, lens=False)
    for batch, length in shapes:
        rows, part = compare(mine, theirs, (f"{batch}x{length}", "logits"), 1000, "{:.1f} ms")
        parts.append(part)
        harness.table(f"GPT-2-small shape, {batch} × {length} tokens, logits, {options.threads} threads", rows)
    return {"model": "GPT-2-small shape, random", "threads": options.threads, "results": parts, "versions": versions}


def products(options):
    counts = [1024, 64]
    every = [rates(options, counts) for _ in range(options.rounds)]
    peak = max(rate["peak"] for rate in every)
    title = f"products on one thread; peak of {options.threads} threads {peak * 1e-9:.0f} GFLOP/s"
    rows, found, parts = [], [], []
    for index, each in enumerate(every[0]["products"]):
        name = next(name for name, (i, o, _) in PRODUCTS.items() if (i, o) == (each["inputs"], each["outputs"]))
        packed, blas = ([rate["products"][index][kind] * 1e-9 for rate in every] for kind in ("packed", "blas"))
        share = [mine / other for mine, other in zip(packed, blas)]
        rows.append((f"{each['rows']} × {each['inputs']} × {each['outputs']} ({name})",
                     f"packed {spread(packed, '{:.0f}')}, cblas_sgemm {spread(blas, '{:.0f}')} GFLOP/s; "
                     f"{spread(share, '{:.2f}')} ×"))
        parts.append({**{key: each[key] for key in ("rows", "inputs", "outputs")}, "packed": packed, "blas": blas})
    for count in counts:
        ratio = [ofProducts(rate, count, "blas") / ofProducts(rate, count) for rate in every]
        name = f"all products of a pass of {count} rows, × cblas_sgemm"
        found.append(promise(name, statistics.median(ratio), least=0.95))
    harness.table(title, rows, found)
    return {"peak": peak, "products": parts, "promises": found}
