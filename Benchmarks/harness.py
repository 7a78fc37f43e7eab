"""What every benchmark shares: processes without forcing variables, rounds, ratios, promises, a table."""

import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROBE = ROOT / ".build" / "release" / "probe"
MODEL = pathlib.Path(os.environ.get("PROBE_MODELS", ROOT / ".probe" / "models")) / "smollm2-135m.gguf"
PEERS = ROOT / "Benchmarks" / "peers"
# Each of these can force slower kernels, or other threads, on either side.
FORCING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OPENBLAS_MAIN_FREE", "GOTO_NUM_THREADS",
           "OMP_NUM_THREADS", "OMP_PROC_BIND", "MKL_NUM_THREADS", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR",
           "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "NPY_DISABLE_CPU_FEATURES")
# Cores that everybody else may have used during a process whose figures count.
MOST_BUSY = 0.1

_busy = []


def environment():
    return {name: value for name, value in os.environ.items() if name not in FORCING}


def measured(command):
    """Wall seconds and the output of one process; how busy others were meanwhile is remembered."""
    before, start = _others(), time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], env=environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    output, errors = process.communicate()
    wall = time.perf_counter() - start
    if wall > 0.5:  # ticks of 10 ms say nothing about a shorter one; `finish` looks at the run as a whole
        _busy.append(max(0.0, _others() - before) / wall)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{errors.decode()}")
    return wall, output.decode(), errors.decode()


def lines(command):
    """The JSON lines that a process prints."""
    output = measured(command)[1]
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _others():
    """CPU seconds spent on this machine since boot, but for those of this process and of its children that ended."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq = [int(field) for field in file.readline().split()[1:8]]
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ticks = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / ticks - sum(usage.ru_utime + usage.ru_stime for usage in own)


_begin = (_others(), time.perf_counter())


def spread(values, form):
    """Median and range as text."""
    middle = form.format(statistics.median(values))
    return f"{middle} ({form.format(min(values))}–{form.format(max(values))})" if len(values) > 1 else middle


def summary(values):
    """Median and range for the JSON line."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": values}


def ratios(theirs, ours):
    """How many times as fast ours is, round by round, from seconds."""
    return [other / mine for other, mine in zip(theirs, ours)]


def promise(name, found, least=None, most=None):
    """A figure beside what was promised of it."""
    kept = (least is None or found >= least) and (most is None or found <= most)
    return {"promise": name, "found": found, "kept": kept, **({"least": least} if most is None else {"most": most})}


def table(title, rows, promises=()):
    print(title)
    rows, counts = list(rows), _busiest() <= MOST_BUSY
    for each in promises:
        wanted = f"at least {each['least']:g}" if "least" in each else f"at most {each['most']:g}"
        verdict = ("kept" if each["kept"] else "MISSED") if counts else "busy machine"
        rows.append((f"{verdict}: {each['promise']}", f"{each['found']:.2f}, promised {wanted}"))
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"  {name:<{width}}  {text}")


def finish(benchmark, result):
    """Says whether the run counts, and prints the JSON line."""
    busiest = _busiest()
    if busiest > MOST_BUSY:
        print(f"  NOT A MEASUREMENT: other processes used up to {busiest:.2f} cores (at most {MOST_BUSY:g})")
        for each in result.get("promises", ()):
            each["kept"] = None
    print(json.dumps(_rounded({
        "benchmark": benchmark, "isMeasurement": busiest <= MOST_BUSY, "otherCoresBusy": busiest,
        "removedVariables": [name for name in FORCING if name in os.environ],
        "cpu": _cpu(), "cores": os.cpu_count(), "python": platform.python_version(), **result}),
        ensure_ascii=False))


def _busiest():
    """Cores that others used during any one process, or over the run as a whole."""
    return max(_busy + [max(0.0, _others() - _begin[0]) / (time.perf_counter() - _begin[1])])


def _rounded(value):
    """Floats to six digits: more would be noise."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
