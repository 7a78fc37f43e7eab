#!/usr/bin/env bash
# Every check of the project: scripts, format, corpus, build with warnings as errors, tests. The first failure ends it.
# usage: scripts/test.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A folder of its own: the flags differ from those of the demo's build.
scratch=.build-test
log=$scratch/test.log
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { echo "== $*" >&2; }

step "system packages"
scripts/packages.sh

step "models"
scripts/fetch-model.sh smollm2-135m
scripts/fetch-model.sh all-minilm-l6-v2

step "grammars"
scripts/fetch-grammars.sh

step "scripts"
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh .ci/run; fi

step "format"
swift format lint -r -s Sources Tests Package.swift

step "corpora"
for script in Probes/corpora/make_*.py; do
  corpus=${script#*/make_} && corpus=${corpus%.py}
  python3 "Probes/corpora/test_$corpus.py"
  python3 "$script" --out "$work/$corpus.jsonl"
  cmp "Probes/corpora/$corpus.jsonl" "$work/$corpus.jsonl"
done

step "C without warnings"
# Apart from the build, because SwiftPM does not take -Xcc -Werror.
clang -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -ISources/CKernels/include -ISources/COpenBLAS/include -ISources/CLinux/include \
  -ITests/Fuzz/CFuzz/include -ITests/Faults/CFaultVFS/include Sources/CKernels/*.c Sources/COpenBLAS/*.c Sources/CLinux/*.c \
  Tests/Fuzz/CFuzz/*.c Tests/Faults/CFaultVFS/*.c

step "build"
# In release: the numeric tests crawl in debug Swift. SwiftPM keeps -warnings-as-errors from dependencies.
swift build --build-tests -c release -Xswiftc -enable-testing -Xswiftc -warnings-as-errors \
  --explicit-target-dependency-import-check error --scratch-path "$scratch"

step "documents"
python3 scripts/check_docs.py "$scratch/release/probe"

step "tests"
swift test --skip-build -c release -Xswiftc -enable-testing -Xswiftc -warnings-as-errors \
  --explicit-target-dependency-import-check error --scratch-path "$scratch" --disable-xctest 2>&1 | tee "$log"
# A runner that finds no test passes: that is a failure here.
grep -Eq 'Test run with [1-9][0-9]* tests? .*passed' "$log"
