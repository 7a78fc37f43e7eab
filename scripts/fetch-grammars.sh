#!/usr/bin/env bash
# Fetches tree-sitter grammars of 49 languages into $PROBE_GRAMMARS (default .probe/grammars/languages.so) and checks
# their sha256. They come as a shared library inside a Python package, at a pinned version; nothing of the package is
# run or installed.
# usage: scripts/fetch-grammars.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
package=tree-sitter-languages
version=1.10.2
wheel_sha256=9ae34ac314a7170be24998a0f994c1ac80761d8d4bd126af27ee53a023d3b849
member=tree_sitter_languages/languages.so
target=${PROBE_GRAMMARS:-$(dirname "$here")/.probe/grammars/languages.so}
# As the program reads it: a library, or a folder with one.
case $target in *.so) ;; *) target=${target%/}/languages.so ;; esac

if [ -e "$target" ]; then
  echo "fetch-grammars: the grammars are at $target" >&2
  exit 0
fi
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  echo "fetch-grammars: the pinned library is for Linux on x86-64; build grammars for this machine and name them with PROBE_GRAMMARS (docs/syntax.md)" >&2
  exit 69
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "fetch-grammars: downloading $package $version" >&2
# The library inside is the same for every Python; the platform is spelled out so that any pip takes this very file.
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" --python-version 3.11 \
  --implementation cp --abi cp311 --platform manylinux2014_x86_64 "$package==$version"
wheel=$(find "$work" -name '*.whl')
if ! echo "$wheel_sha256  $wheel" | sha256sum --check --status; then
  echo "fetch-grammars: $package $version is not the file this project knows (sha256 $(sha256sum <"$wheel" | cut -c1-64), expected $wheel_sha256)" >&2
  exit 65
fi
python3 -m zipfile -e "$wheel" "$work/unpacked"
mkdir -p "$(dirname "$target")"
# Moved into place last, inside one file system: a name that exists is a library that is whole.
cp "$work/unpacked/$member" "$target.part"
mv "$target.part" "$target"
echo "fetch-grammars: the grammars are at $target" >&2
