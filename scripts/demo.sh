#!/usr/bin/env bash
# Builds the program if needed and makes a grid of class-conditional pictures with the model that
# comes with it: out/demo/grid.png.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/scripts/build.sh" release gpstoken
out=${1:-$root/out/demo}
"$root/build/release/bin/gpstoken" sample --model "$root/models/tiny64" --all-classes --per-class 2 \
  --grid --overwrite -o "$out"
say "the grid is $out/grid.png"
