"""`store-write`, `store-read`, `store-capture`, `store-memory`, `store-many`: the activation store."""

import contextlib
import pathlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time

import forward
import harness
from harness import promise, ratios, spread, summary

HOOK = "blocks.5.hook_resid_post"
MIB = 1 << 20


@contextlib.contextmanager
def folder(options):
    """A new folder on the disk that is measured."""
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="store-") as path:
        yield pathlib.Path(path).resolve()


def bench(options, path, name, *words):
    """The JSON line of a command of probe-bench."""
    return harness.lines([options.bench, name, *words, "--folder", path])[-1]


def write(options):
    """Ours, a plain write and SQLite by hand in turns, for a short capture and a long one."""
    rows, found, parts, versions = [], [], [], {}
    runs = options.runs or 5
    with folder(options) as path:
        for tokens in (1024, 20_480):
            ours, plain, hand, share = [], [], {}, []
            for _ in range(options.rounds):
                peers = harness.lines([options.python or sys.executable, harness.PEERS / "write_sqlite.py", path,
                                       "--tokens", tokens, "--runs", runs])
                for each in peers:
                    hand.setdefault(each["peer"], []).append(_rate(each["bytes"], each["seconds"]))
                    versions = each["versions"]
                mine = bench(options, path, "store-write", "--tokens", tokens, "--rounds", runs, "--threads",
                             options.threads)
                ours.append(_rate(mine["bytes"], mine["probe"]))
                plain.append(_rate(mine["bytes"], mine["plain"]))
                share.append(statistics.median(ratios(mine["plain"], mine["probe"])))
            best = [max(each) for each in zip(*hand.values())]
            ratio = [mine / other for mine, other in zip(ours, best)]
            title = f"{tokens:,} tokens"
            rows.append((f"{title}: probe", spread(ours, "{:,.0f} MB/s")))
            rows += [(f"{title}: SQLite by hand, {name}", spread(each, "{:,.0f} MB/s"))
                     for name, each in hand.items()]
            rows.append((f"{title}: plain write, fdatasync", spread(plain, "{:,.0f} MB/s")))
            found += [promise(f"{title}, × the fastest SQLite by hand", statistics.median(ratio), least=2),
                      promise(f"{title}, × the plain write", statistics.median(share), least=0.5)]
            parts.append({"tokens": tokens, "bytes": mine["bytes"], "fileBytes": mine["fileBytes"],
                          "probe": summary(ours), "plain": summary(plain), "overFastest": summary(ratio),
                          "overPlain": summary(share), "byHand": {name: summary(each) for name, each in hand.items()}})
    harness.table("13 residuals of 768 float16 to the disk, log moved into the file", rows, found)
    return {"results": parts, "versions": versions, "promises": found}


def _rate(count, seconds):
    """Megabytes (10⁶) a second, by the median."""
    return count / statistics.median(seconds) / 1e6


def read(options):
    runs = options.runs or 5
    with folder(options) as path:
        ours = bench(options, path, "store-read", "--keep", "--rounds", runs)
        theirs = harness.lines([sys.executable, harness.PEERS / "read_view.py", path / "read.sqlite", HOOK, "--runs",
                                runs])[-1]
    scan, matrix = ([ours["outBytes"] / each for each in ours[name]] for name in ("scan", "matrix"))
    copies = ours["memcpyBytesPerSecond"]
    share = [mine / copy for mine, copy in zip(scan, copies)]
    moved = [each / 2 for each in share]
    sampled = [ours["sampledRows"] / each for each in ours["sampled"]]
    found = [promise("scan, float32 bytes out, × memcpy (a byte counted once)", statistics.median(share), least=0.4),
             promise("vectors/s through the view, scanned", statistics.median(theirs["scan"]), least=50_000),
             promise("vectors/s through the view, random points", statistics.median(theirs["random"]), least=50_000)]
    harness.table(f"one point of a store of {ours['storeBytes'] / 1e9:.1f} GB, warm, checksums verified", [
        ("scan by blocks", _gigabytes(scan)), ("one matrix", _gigabytes(matrix)),
        ("memcpy on all processors", _gigabytes(copies)),
        ("scan, × memcpy", spread(share, "{:.2f}")),
        ("scan, × memcpy counting read and written", spread(moved, "{:.2f}")),
        ("shuffled minibatches", spread(sampled, "{:,.0f} rows/s")),
        ("Python, the view, scanned", spread(theirs["scan"], "{:,.0f} vectors/s")),
        ("Python, the view, random points", spread(theirs["random"], "{:,.0f} vectors/s")),
        ("Python, the same, memory-mapped", spread(theirs["mapped"], "{:,.0f} vectors/s"))], found)
    return {"storeBytes": ours["storeBytes"], "outBytes": ours["outBytes"], "scanBytesPerSecond": summary(scan),
            "matrixBytesPerSecond": summary(matrix), "memcpyBytesPerSecond": summary(copies),
            "scanOverMemcpy": summary(share), "scanOverMemcpyReadAndWritten": summary(moved),
            "sampledRowsPerSecond": summary(sampled),
            "view": {name: summary(theirs[name]) for name in ("scan", "random", "mapped")},
            "versions": theirs["versions"], "promises": found}


def _gigabytes(values):
    return spread([each * 1e-9 for each in values], "{:.2f}") + " GB/s"


def capture(options):
    with forward.folder() as model, folder(options) as path:
        found = bench(options, path, "store-capture", model, "--threads", options.threads, "--rounds",
                      options.runs or options.rounds)
    stored, alone = found["stored"], found["alone"]
    dearer = ratios(stored, alone)
    promises = [promise("stored, × the time in memory", statistics.median(dearer), most=1.05)]
    harness.table(f"capture of 13 residuals, GPT-2-small shape, {found['tokens']:,} tokens", [
        ("into a store", spread(stored, "{:.2f} s")), ("in memory", spread(alone, "{:.2f} s")),
        ("ratio", spread(dearer, "{:.3f} ×"))], promises)
    return {"tokens": found["tokens"], "stored": summary(stored), "alone": summary(alone),
            "ratio": summary(dearer), "promises": promises}


def memory(options):
    with folder(options) as path:
        found = bench(options, path, "store-memory")
    grown = (found["residentAfterAll"] - found["residentAfterTenth"]) / MIB
    sizes = {f"8 points of {width}": size for width, size in sorted(found["sizes"].items(), key=lambda e: int(e[0]))}
    promises = [promise(f"MiB more after {found['tokens']:,} tokens than after a tenth", grown, most=64),
                promise("size of the file, × the scalars", max(sizes.values()), most=1.02)]
    harness.table("memory and size", [
        ("resident after a tenth", f"{found['residentAfterTenth'] / MIB:.1f} MiB"),
        ("resident after all", f"{found['residentAfterAll'] / MIB:.1f} MiB"),
        *((f"size, {name}", f"{size:.4f} × the scalars") for name, size in sizes.items())], promises)
    return {**found, "promises": promises}


def many(options):
    """Opening, listing and one vector of a large store, each five times after one that is not counted."""
    with folder(options) as path:
        made = bench(options, path, "store-many")
        file = path / "many.sqlite"
        generator = random.Random(1)
        examples = (made["tokens"] + 511) // 512
        opening, point, listing = [], [], []
        for _ in range(6):
            start = time.perf_counter()
            store = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
            store.execute("SELECT name FROM capture").fetchall()
            opening.append(time.perf_counter() - start)
            start = time.perf_counter()
            rows = store.execute(
                "SELECT vector FROM activation WHERE hook = 'blocks.0.hook_resid_post' AND example_key = ?"
                " AND position = ?", [f"e{generator.randrange(examples)}", generator.randrange(512)]).fetchall()
            point.append(time.perf_counter() - start)
            store.close()
            if len(rows) != 1:
                sys.exit(f"the view gave {len(rows)} vectors for one place")
            listing.append(harness.measured([options.probe, "store", "list", file])[0])
    taken = {"opening": opening, "one vector through the view": point, "probe store list": listing}
    taken = {name: [second * 1000 for second in seconds[1:]] for name, seconds in taken.items()}
    promises = [promise(f"milliseconds, {name}", statistics.median(each), most=50) for name, each in taken.items()]
    harness.table(f"a store of {made['tokens']:,} tokens, {made['storeBytes'] / 1e6:,.0f} MB", [
        (name, spread(each, "{:.1f} ms")) for name, each in taken.items()], promises)
    return {"tokens": made["tokens"], "storeBytes": made["storeBytes"],
            "milliseconds": {name: summary(each) for name, each in taken.items()}, "promises": promises}
