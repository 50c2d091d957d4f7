#!/usr/bin/env bash
# Sets up, configures and builds. The program is build/release/bin/gpstoken.
#   scripts/build.sh [PRESET] [TARGET...]     PRESET: release (default), debug, asan, cpu, cuda
# GPST_CUDA=ON|OFF builds with or without CUDA kernels; by default with them where nvcc is found.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in -h|--help) sed -n '2,4p' "$0" | cut -c3-; exit 0 ;; esac

preset=${1:-release}
[ $# -eq 0 ] || shift
grep -q "\"name\": \"$preset\"" "$root/CMakePresets.json" ||
  die "unknown preset '$preset'; there are release, debug, asan, cpu and cuda"

# Two presets decide about CUDA themselves.
case $preset in cpu) GPST_CUDA=OFF ;; cuda) GPST_CUDA=ON ;; esac
export GPST_CUDA=${GPST_CUDA:-AUTO}
"$root/scripts/setup.sh"
nvcc=$(find_nvcc)
if [ -n "$nvcc" ]; then export CUDACXX=$nvcc; fi
cd "$root"
cmake --preset "$preset" -DGPST_DEPS_DIR="$deps" -DGPST_TORCH_ROOT="${GPST_TORCH_ROOT:-}" \
  -DGPST_CUDA="$GPST_CUDA"
cmake --build --preset "$preset" ${*:+--target "$@"}
