#!/usr/bin/env bash
# Holds the statistics to their claims by simulation: intervals cover their own truth, p-values are valid, random labels
# show no selectivity and no compression. What is simulated: Tests/Coverage/README.md.
# usage: scripts/simulate-coverage.sh [RUNS] [OPTION...]   options go to `probe-coverage`, see its --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

runs=1000
if [[ ${1-} =~ ^[0-9]+$ ]]; then
  runs=$1
  shift
fi

# The folder and flags of scripts/test.sh, so that its build serves here too.
scratch=.build-test
swift build --product probe-coverage -c release -Xswiftc -enable-testing -Xswiftc -warnings-as-errors \
  --explicit-target-dependency-import-check error --scratch-path "$scratch"

"$scratch/release/probe-coverage" --runs "$runs" "$@"
