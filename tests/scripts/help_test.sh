#!/usr/bin/env bash
# Every script explains itself, as it is called in the README: by its path, from anywhere.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd /
failed=0
for name in setup.sh build.sh test.sh demo.sh format.sh convert_layouts convert_weights cuda_report; do
  if ! text=$("$root/scripts/$name" --help 2>&1); then
    echo "scripts/$name --help failed: $text"
    failed=1
  elif [[ $text != *"$name"* ]]; then
    echo "scripts/$name --help does not show how it is called: $text"
    failed=1
  fi
done
exit $failed
