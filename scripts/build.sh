#!/usr/bin/env bash
# Sets up, configures and builds. The program is build/release/bin/gpstoken.
#   scripts/build.sh [PRESET] [TARGET...]     PRESET: release (default), debug, asan, cpu
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in -h|--help) sed -n '2,3p' "$0" | cut -c3-; exit 0 ;; esac

preset=${1:-release}
[ $# -eq 0 ] || shift
grep -q "\"name\": \"$preset\"" "$root/CMakePresets.json" ||
  die "unknown preset '$preset'; there are release, debug, asan and cpu"

"$root/scripts/setup.sh"
cd "$root"
cmake --preset "$preset" -DGPST_DEPS_DIR="$deps" -DGPST_TORCH_ROOT="${GPST_TORCH_ROOT:-}"
cmake --build --preset "$preset" ${*:+--target "$@"}
