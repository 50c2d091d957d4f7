#!/usr/bin/env bash
# Builds the program if needed and makes a grid of class-conditional pictures with the model that
# comes with it: out/demo/grid.png.
#   scripts/demo.sh [FOLDER]     FOLDER: another place than out/demo
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in
  -h|--help) sed -n '2,4p' "$0" | cut -c3-; exit 0 ;;
  -*) die "unknown option '$1'; the only argument is a folder" ;;
esac
"$root/scripts/build.sh" release gpstoken
out=${1:-$root/out/demo}
"$root/build/release/bin/gpstoken" sample --model "$root/models/tiny64" --all-classes --per-class 2 \
  --grid --grid-columns 10 --overwrite -o "$out"
say "the grid is $out/grid.png"
