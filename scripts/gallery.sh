#!/usr/bin/env bash
# Makes the pictures of the README from a model and examples/photographs.
#   scripts/gallery.sh [MODEL [FOLDER]]     without: models/tiny64 and docs/images
# tiny64_grid.png      two pictures of every class
# reconstruction/*.png photographs beside what is left of them
# token_counts.png     a photograph from 16 to 256 tokens: regions, Gaussians, result
# region.png           the same number of tokens with and without a region of interest
# same_texture.png     rows of a class: layouts anew, noise of the texture kept
# same_layout.png      rows of a class: layout kept, textures anew
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in
  -h|--help) sed -n '2,9p' "$0" | cut -c3-; exit 0 ;;
  -*) die "unknown option '$1'; the arguments are a model and a folder" ;;
esac
"$root/scripts/build.sh" release gpstoken
model=${1:-$root/models/tiny64}
out=${2:-$root/docs/images}
photographs=$root/examples/photographs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# All with fp32, so that the pictures are the same whatever the machine multiplies in.
gpst() { "$root/build/release/bin/gpstoken" "$@" --model "$model" --dtype fp32 --quiet >/dev/null; }

gpst sample --all-classes --per-class 2 --grid --grid-columns 10 -o "$work/classes"
cp "$work/classes/grid.png" "$out/tiny64_grid.png"

gpst reconstruct "$photographs" --side-by-side -o "$work/pairs"
mkdir -p "$out/reconstruction"
cp "$work"/pairs/compare/*.png "$out/reconstruction/"

gpst visualize "$photographs/chelsea.jpg" --compare-tokens 16,32,64,128,256 --scale 2 -o "$work/counts"
cp "$work/counts/chelsea.tokens.png" "$out/token_counts.png"

gpst visualize "$photographs/astronaut.jpg" --roi 20,6,22,22:8 --scale 3 -o "$work/region"
cp "$work/region/astronaut.roi.png" "$out/region.png"

# Eight pictures of four classes each: picture i has class i mod 4, so that columns are classes.
for same in layout texture; do
  gpst sample --classes "jellyfish,lion,orange,alp" --per-class 8 --same $same --grid \
    --grid-columns 4 -o "$work/$same"
  cp "$work/$same/grid.png" "$out/same_$same.png"
done
say "the pictures are in $out"
