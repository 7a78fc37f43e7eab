#!/usr/bin/env bash
# Installs what building, fetching models and testing need and this machine lacks (Debian, Ubuntu).
# The list stands here alone, but for what one tier of the tests needs. usage: scripts/packages.sh [PACKAGE...]
set -euo pipefail

libraries=(libopenblas-dev liblapacke-dev libsqlite3-dev libdeflate-dev libonig-dev libssl-dev libtree-sitter-dev "$@")
missing=()

# need PACKAGE TEST...: the package is missing when the test fails.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

is_installed() { [ "$(dpkg-query --show --showformat '${Status}' "$1")" = "install ok installed" ]; }

need python3 python3 --version
need python3-pip python3 -m pip --version
need pkg-config pkg-config --version

if ! command -v apt-get >/dev/null; then
  echo "packages: this is no Debian: see to it that there are ${libraries[*]} ${missing[*]:-}" >&2
  exit 0
fi
for library in "${libraries[@]}"; do need "$library" is_installed "$library"; done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "packages: install these as root, then try again: apt-get install ${missing[*]}" >&2
    exit 69
  fi
  as_root=(sudo "${as_root[@]}")
fi
echo "packages: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
