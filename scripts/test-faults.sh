#!/usr/bin/env bash
# Fault injection under the activation store: full and failing disks at every operation, power losses, 200 kills.
# scripts/test.sh does a little of each; this is the long run, about two minutes on two processors.
# usage: scripts/test-faults.sh [SEED]   the seed decides what is torn, lost and killed when; 1 when left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PROBE_FAULTS=long
export PROBE_FAULTS_SEED=${1:-1}
if ! [[ $PROBE_FAULTS_SEED =~ ^[0-9]+$ ]]; then
  echo "usage: scripts/test-faults.sh [SEED]" >&2
  exit 64
fi

# The folder and flags of scripts/test.sh, so that its build serves here too.
scratch=.build-test
flags=(-c release -Xswiftc -enable-testing -Xswiftc -warnings-as-errors
  --explicit-target-dependency-import-check error --scratch-path "$scratch")
swift build --build-tests "${flags[@]}"

log=$scratch/test-faults.log
echo "faults: seed $PROBE_FAULTS_SEED"
swift test --skip-build "${flags[@]}" --disable-xctest --filter 'ProbeFaultTests|DiskFaultTests|PowerLossTests' 2>&1 |
  tee "$log"
# A runner that finds no test passes: that is a failure here.
grep -Eq 'Test run with [1-9][0-9]* tests? .*passed' "$log"
