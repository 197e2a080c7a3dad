#!/usr/bin/env bash
# Installs CatBoost into a folder of its own, outside of the sources, and runs the comparison.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
shift
data=${COUNTERSIGN_SHARED:-$here/../../../../shared}/data/access-decisions/train.csv
if [ ! -f "$data" ]; then
  echo "bench-learn: skipped, because $data is not there" >&2
  exit 0
fi
venv=${XDG_CACHE_HOME:-$HOME/.cache}/countersign/bench-learn
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
exec "$venv/bin/python" "$here/compare.py" --program "$program" --data "$data" "$@"
