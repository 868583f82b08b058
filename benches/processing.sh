#!/usr/bin/env bash
# Profile, rules, preprocessing and ingest beside Polars, DuckDB and dataframely, on one file and two cores.
#
#   cargo build --release --workspace --bins && benches/processing.sh [ROWS|FILE.parquet] [ROUNDS] [SUITE…]
#
# SUITE is floor, profile, rules, prepare, convert; `rules:duckdb` picks peers by name. ROWS (default 10000000) makes the
# table first; a file has to have its columns. Needs python3 and, the first time, a package index for the peers. Data,
# results and the peers stay in $BENCH_DIR (default target/bench).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
target=${CARGO_TARGET_DIR:-$top/target}
dir=${BENCH_DIR:-$target/bench}
data=${1:-10000000} rounds=${2:-3}
shift $(($# < 2 ? $# : 2))
export JANGTEO_PROCESS=${JANGTEO_PROCESS:-$target/release/jangteo-process}
[ -x "$JANGTEO_PROCESS" ] || { echo "build it first: cargo build --release --workspace --bins" >&2; exit 2; }
mkdir -p "$dir"
python=${BENCH_PYTHON:-$dir/venv/bin/python}
if [ ! -x "$python" ]; then
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/pip" install -q -r "$here/processing/requirements.txt"
fi
if [[ $data =~ ^[0-9]+$ ]]; then
    rows=$data data=$dir/press-$data.parquet
    [ -s "$data" ] || "$python" "$here/processing/make_data.py" "$rows" "$data"
fi
csv=${data%.parquet}.csv
if [ ! -s "$csv" ] && { [ $# -eq 0 ] || [[ " $* " == *" convert"* ]]; }; then
    "$python" - "$data" "$csv" <<'PY'
import duckdb, sys
duckdb.execute(f"COPY (FROM '{sys.argv[1]}') TO '{sys.argv[2]}.part' (FORMAT csv, HEADER)")
PY
    mv "$csv.part" "$csv"
fi
export BENCH_OUT=$dir
exec "$python" "$here/processing/run.py" "$data" "$rounds" "$@"
