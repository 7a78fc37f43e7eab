#!/usr/bin/env bash
# From a fresh clone to an answer: installs what is missing, builds, fetches SmolLM2-135M, captures its activations
# and asks them whether the model knows which city is a country's capital. Run again, it does only what is not done.
# usage: scripts/demo.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

question=capitals-truth
timings=()

# step NAME COMMAND...: runs the command and notes how long it took.
step() {
  local name=$1 started milliseconds
  shift
  echo "== $name" >&2
  started=$(date +%s%N)
  "$@"
  milliseconds=$((($(date +%s%N) - started) / 1000000))
  timings+=("$(printf '%8d.%d s  %s' $((milliseconds / 1000)) $((milliseconds % 1000 / 100)) "$name")")
}

if ! command -v swift >/dev/null; then
  echo "demo: no swift in PATH: install a Swift toolchain (6.3 or newer) from https://swift.org/install" >&2
  exit 69
fi

step "system packages" scripts/packages.sh
step "build" swift build -c release --product probe
probe=$(swift build -c release --show-bin-path)/probe
step "model" scripts/fetch-model.sh smollm2-135m
step "capture" "$probe" capture "Probes/$question.yaml"
step "analyze" "$probe" analyze "Probes/$question.yaml"

printf '\n%s\n' "${timings[@]}"
printf '\nOpen in a browser: %s\n' "$PWD/Reports/$question.html"
