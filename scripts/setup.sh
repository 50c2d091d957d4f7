#!/usr/bin/env bash
# Installs what the build needs: packages of Debian/Ubuntu, and LibTorch into .deps/. Idempotent.
#   scripts/setup.sh [--dry-run]     --dry-run prints what would be done
# GPST_TORCH_ROOT=/path/to/libtorch uses a LibTorch (2.11 or newer) of your own instead,
# GPST_DEPS_DIR=/path/to/folder another place than .deps/, and GPST_CUDA=ON|OFF says whether CUDA is
# wanted (by default where nvcc is found); build.sh reads all three, too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

dry_run=false
for argument in "$@"; do
  case $argument in
    --dry-run) dry_run=true ;;
    -h|--help) sed -n '2,6p' "$0" | cut -c3-; exit 0 ;;
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

# An own environment: Debian's system Python refuses pip, and nothing of the system may change.
make_venv() {
  mkdir -p "$deps"
  [ -x "$deps/venv/bin/pip" ] || python3 -m venv "$deps/venv"
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
  make_venv
  # Into a temporary folder first: an interrupted download never looks complete.
  rm -rf "$deps/python.new"
  "$deps/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --target "$deps/python.new" "${wheels[@]}" || die "LibTorch could not be fetched (see above). \
Check the network, or set GPST_TORCH_ROOT to a LibTorch you have."
  printf '%s' "$wanted" > "$deps/python.new/.installed"
  rm -rf "$deps/python"
  mv "$deps/python.new" "$deps/python"
}

# What LibTorch's CUDA half loads beside the driver, and the wheels that hold it where the toolkit
# does not. The versions are the ones the wheel of LibTorch names.
toolkit_libraries=(libcublas.so.13 libcufft.so.12 libcurand.so.10 libcusolver.so.12
  libcusparse.so.12 libnvrtc.so.13 libnvJitLink.so.13)
toolkit_wheels='cuda-toolkit[cublas,cufft,curand,cusolver,cusparse,nvjitlink,nvrtc]==13.0.2'
declare -A library_wheels=(
  [libcudnn.so.9]=nvidia-cudnn-cu13==9.19.0.56
  [libcufile.so.0]=nvidia-cufile==1.15.1.6
  [libcusparseLt.so.0]=nvidia-cusparselt-cu13==0.8.0
  [libnccl.so.2]=nvidia-nccl-cu13==2.28.9
  [libnvshmem_host.so.3]=nvidia-nvshmem-cu13==3.4.5)
# For the report on the compiled kernels (scripts/cuda_report).
tool_wheels=(nvidia-cuda-cuobjdump==13.5.37 nvidia-cuda-nvdisasm==13.5.37)

# True when the toolkit or the system has this library. The argument: a file name.
have_library() {
  local folder
  for folder in "$toolkit/lib64" "$toolkit/lib"; do
    [ ! -e "$folder/$1" ] || return 0
  done
  # All of ldconfig's output is read: with pipefail, a broken pipe would look like an absence.
  [ "$(ldconfig -p 2>/dev/null | grep -cF "$1 ")" -gt 0 ]
}

# Adds to $deps/python the wheels named; the first argument goes to pip as it is. pip itself would
# replace the folder nvidia/ with all that other wheels have put there.
add_wheels() {
  local options=$1 new=$deps/wheels.new
  shift
  rm -rf "$new"
  # shellcheck disable=SC2086
  "$deps/venv/bin/pip" install --quiet --disable-pip-version-check $options --target "$new" "$@" ||
    die "what CUDA needs could not be fetched (see above). Check the network, or set GPST_CUDA=OFF."
  cp -a "$new/nvidia/." "$deps/python/nvidia/"
  rm -rf "$new"
}

install_cuda() {
  local wish nvcc library
  wish=$(cuda_wish)
  if [ "$wish" = OFF ]; then return; fi
  nvcc=$(find_nvcc)
  if [ -z "$nvcc" ]; then
    [ "$wish" != ON ] || die "GPST_CUDA=ON, but no nvcc was found: install the CUDA toolkit 13 and put \
its nvcc on the PATH (or set CUDACXX=/path/to/nvcc)"
    return
  fi
  if ! "$nvcc" --version | grep -c 'release 13\.' >/dev/null; then
    [ "$wish" != ON ] || die "GPST_CUDA=ON, but $nvcc is not of CUDA 13, which LibTorch is built with"
    say "CUDA: left out, $nvcc is not of CUDA 13"
    return
  fi
  # The real one: what stands on the PATH may be a wrapper.
  toolkit=$("$nvcc" --dryrun -x cu -c /dev/null 2>&1 | sed -n 's/^#\$ TOP=//p')
  local wheels=("${tool_wheels[@]}") toolkit_wheel=()
  for library in "${!library_wheels[@]}"; do
    have_library "$library" || wheels+=("${library_wheels[$library]}")
  done
  if [ -n "${GPST_TORCH_ROOT:-}" ]; then wheels=("${tool_wheels[@]}"); else
    for library in "${toolkit_libraries[@]}"; do
      have_library "$library" || toolkit_wheel=("$toolkit_wheels")
    done
  fi
  local wanted stamp=$deps/python/.installed-cuda
  wanted=$(printf '%s\n' "${wheels[@]}" "${toolkit_wheel[@]}" | sort | xargs)
  if [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    say "CUDA: what LibTorch needs beside $nvcc is present"
    return
  fi
  if $dry_run; then say "would fetch into ${deps#"$root"/}/python: $wanted"; return; fi
  say "fetching what CUDA needs beside $nvcc, once: $wanted"
  make_venv
  mkdir -p "$deps/python/nvidia"
  add_wheels --no-deps "${wheels[@]}"
  [ ${#toolkit_wheel[@]} -eq 0 ] || add_wheels '' "${toolkit_wheel[@]}"
  printf '%s' "$wanted" > "$stamp"
}

install_packages
install_torch
install_cuda
