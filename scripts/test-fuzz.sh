#!/usr/bin/env bash
# Fuzzes every reader of outside data: changed files must be read or refused without a trap, within 1 s and within
# 16 × the input + 64 MiB of memory. The harness is first shown to find readers that are broken on purpose.
# usage: scripts/test-fuzz.sh [ITERATIONS] [OPTION...]   options go to `probe-fuzz run`, see its --help
# 20,000 inputs for each reader, the default, take about a minute on two processors; 1,000,000 less than an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

iterations=20000
if [[ ${1-} =~ ^[0-9]+$ ]]; then
  iterations=$1
  shift
fi

# The folder and flags of scripts/test.sh, so that its build serves here too.
scratch=.build-test
swift build --product probe-fuzz -c release -Xswiftc -enable-testing -Xswiftc -warnings-as-errors \
  --explicit-target-dependency-import-check error --scratch-path "$scratch"

fuzz=$scratch/release/probe-fuzz
"$fuzz" self-test
"$fuzz" run --iterations "$iterations" "$@"
