#!/usr/bin/env bash
# What scripts/setup.sh says it would do about CUDA; it only says so here.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect WORDS STATUS NAME=VALUE...: setup.sh --dry-run in that environment ends so and says WORDS.
expect() {
  local words=$1 status=$2 said found=0
  shift 2
  said=$(env -u GPST_TORCH_ROOT GPST_DEPS_DIR="$work" "$@" "$root/scripts/setup.sh" --dry-run 2>&1) || found=$?
  if [ "$found" -ne "$status" ] || [[ $said != *"$words"* ]]; then
    echo "with $*: expected status $status and '$words', found status $found and: $said"
    exit 1
  fi
  if [[ $words != *nvidia-cuda-cuobjdump* && $said == *nvidia-cuda-cuobjdump* ]]; then
    echo "with $*: more would be fetched than a build without CUDA needs: $said"
    exit 1
  fi
}

# An nvcc of the version given whose toolkit has no library.
nvcc() {
  printf '#!/bin/sh\n%s\n%s\n' "echo 'Cuda compilation tools, release $1, V$1.1'" \
    "echo '#\$ TOP=$work' >&2" > "$work/nvcc$1"
  chmod +x "$work/nvcc$1"
  printf '%s' "$work/nvcc$1"
}

expect 'would fetch into' 0 GPST_CUDA=OFF
expect 'expected AUTO, ON or OFF' 1 GPST_CUDA=maybe
expect 'is not of CUDA 13' 0 GPST_CUDA=AUTO CUDACXX="$(nvcc 12.4)"
expect 'is not of CUDA 13, which LibTorch is built with' 1 GPST_CUDA=ON CUDACXX="$(nvcc 12.4)"
expect 'nvidia-cuda-cuobjdump' 0 GPST_CUDA=ON CUDACXX="$(nvcc 13.0)"
expect 'nvidia-cuda-cuobjdump' 0 GPST_CUDA=auto CUDACXX="$(nvcc 13.2)"
