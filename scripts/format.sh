#!/usr/bin/env bash
# Formats every C++ file in place; with --check only says which ones differ (exit 1).
#   scripts/format.sh [--check]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in -h|--help) sed -n '2,3p' "$0" | cut -c3-; exit 0 ;; esac
cd "$root"
command -v clang-format >/dev/null || die "clang-format is missing; scripts/setup.sh installs it"
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cpp' '*.h' '*.cu' '*.cuh')
[ ${#files[@]} -gt 0 ] || die "no C++ files found: is this a git checkout?"
case ${1:-} in
  --check) clang-format --dry-run --Werror "${files[@]}" ;;
  '') clang-format -i "${files[@]}" ;;
  *) die "unknown option '$1'; use --check or none" ;;
esac
