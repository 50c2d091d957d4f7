# Shared by the scripts of this folder: where things are, and how to speak.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=${GPST_DEPS_DIR:-$root/.deps}

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }

# The CUDA compiler; empty when there is none that runs.
find_nvcc() {
  local compiler
  for compiler in "${CUDACXX:-}" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
    if [ -n "$compiler" ] && "$compiler" --version >/dev/null 2>&1; then
      printf '%s' "$compiler"
      return
    fi
  done
}

# GPST_CUDA of the environment, checked. AUTO: with CUDA where there is a compiler for it.
cuda_wish() {
  local wish=${GPST_CUDA:-AUTO}
  case ${wish^^} in
    AUTO|ON|OFF) printf '%s' "${wish^^}" ;;
    *) die "GPST_CUDA=$wish: expected AUTO, ON or OFF" ;;
  esac
}
