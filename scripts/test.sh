#!/usr/bin/env bash
# Builds everything and runs every test but those labelled `slow`, and on a machine without a GPU
# (nvidia-smi lists none) those labelled `gpu`.
#   scripts/test.sh [PRESET] [CTEST-OPTION...]     e.g. scripts/test.sh release -R tokenizer
# GPST_GOLDEN_DIR=/path checks against another set of golden data.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in -h|--help) sed -n '2,5p' "$0" | cut -c3-; exit 0 ;; esac

preset=${1:-release}
[ $# -eq 0 ] || shift
"$root/scripts/build.sh" "$preset"
excluded='slow|gpu'
if nvidia-smi -L 2>/dev/null | grep -c GPU >/dev/null; then excluded=slow; fi
# Tests run one after another: several of them measure themselves against memory or all cores.
ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error -LE "$excluded" "$@"
