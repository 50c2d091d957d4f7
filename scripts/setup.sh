#!/usr/bin/env bash
# Installs what the build needs: packages of Debian/Ubuntu, and LibTorch into .deps/. Idempotent.
#   scripts/setup.sh [--dry-run]     --dry-run prints what would be done
# GPST_TORCH_ROOT=/path/to/libtorch uses a LibTorch (2.11 or newer) of your own instead,
# GPST_DEPS_DIR=/path/to/folder another place than .deps/ (build.sh reads both, too).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

dry_run=false
for argument in "$@"; do
  case $argument in
    --dry-run) dry_run=true ;;
    -h|--help) sed -n '2,5p' "$0" | cut -c3-; exit 0 ;;
    *) die "unknown option '$argument'; use --dry-run or --help" ;;
  esac
done

torch_version=2.11.0
# The CPU library of this wheel needs the two CUDA runtime packages to load, even without a GPU.
wheels=("torch==$torch_version" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
stamp=$deps/python/.installed
wanted="${wheels[*]}"

jpeg=libjpeg62-turbo-dev
if [ -r /etc/os-release ] && grep -qiE '^ID(_LIKE)?=.*ubuntu' /etc/os-release; then jpeg=libjpeg-turbo8-dev; fi
packages=(g++ cmake ninja-build python3 python3-venv libboost-program-options-dev libfmt-dev
  libgtest-dev libbenchmark-dev "$jpeg" libpng-dev libwebp-dev zlib1g-dev nlohmann-json3-dev
  libyaml-cpp-dev libxxhash-dev)
# Not needed to build: a compiler cache, a faster linker, the formatter.
comforts=(ccache mold clang-format)

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is not Debian or Ubuntu: install the equivalents of: ${packages[*]}"
    return
  fi
  local missing=() package
  for package in "${packages[@]}" "${comforts[@]}"; do
    installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then say "packages: all present"; return; fi

  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo -n); fi
  local line="apt-get install -y --no-install-recommends ${missing[*]}"
  if $dry_run; then say "would run: ${sudo[*]} $line"; return; fi
  if [ ${#sudo[@]} -ne 0 ] && ! sudo -n true 2>/dev/null; then
    die "packages are missing and sudo needs a password. Run this line, then this script again:
  sudo apt-get update && sudo $line"
  fi
  say "installing: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" $line >/dev/null
}

install_torch() {
  if [ -n "${GPST_TORCH_ROOT:-}" ]; then
    [ -e "$GPST_TORCH_ROOT/lib/libtorch_cpu.so" ] ||
      die "GPST_TORCH_ROOT=$GPST_TORCH_ROOT has no lib/libtorch_cpu.so; unset it or point it at a LibTorch"
    say "LibTorch: $GPST_TORCH_ROOT"
    return
  fi
  if [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    say "LibTorch: $torch_version in ${deps#"$root"/}/python"
    return
  fi
  if $dry_run; then say "would fetch into ${deps#"$root"/}/python: $wanted (0.6 GB)"; return; fi
  say "fetching LibTorch $torch_version (0.6 GB, once)"
  mkdir -p "$deps"
  # An own environment: Debian's system Python refuses pip, and nothing of the system may change.
  [ -x "$deps/venv/bin/pip" ] || python3 -m venv "$deps/venv"
  # Into a temporary folder first: an interrupted download never looks complete.
  rm -rf "$deps/python.new"
  "$deps/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --target "$deps/python.new" "${wheels[@]}" || die "LibTorch could not be fetched (see above). \
Check the network, or set GPST_TORCH_ROOT to a LibTorch you have."
  printf '%s' "$wanted" > "$deps/python.new/.installed"
  rm -rf "$deps/python"
  mv "$deps/python.new" "$deps/python"
}

install_packages
install_torch
