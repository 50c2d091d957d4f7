# Shared by the scripts of this folder: where things are, and how to speak.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=${GPST_DEPS_DIR:-$root/.deps}

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }
