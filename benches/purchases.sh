#!/usr/bin/env bash
# Purchases with vouchers a second on one machine, on SQLite and on PostgreSQL, beside pgbench's TPC-B-like rate on the
# same PostgreSQL with the same number of clients. A purchase is an order: one write transaction that checks the rules,
# moves money in the ledger, stores the contract and its document, and writes the audit trail.
#
#   cargo build --release && benches/purchases.sh [SECONDS] [CLIENTS]
#
# Needs wrk, python3, and for the second half PostgreSQL with pgbench. Both databases are as durable as they are by default.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-20} clients=${2:-16} buyers=64 listings=160
bin=${CARGO_TARGET_DIR:-target}/release/jangteo

measure() {
  local work pid port base
  work=$(mktemp -d "${TMPDIR:-/tmp}/jangteo-purchases.XXXXXX")
  port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  base=http://127.0.0.1:$port
  export JANGTEO_DATA_DIR=$work/data JANGTEO_LOG=warn JANGTEO_PASSWORD=0123456789
  "$bin" admin create-operator --email op@bench.example --name op --organisation office --business-no 124-81-00998 \
    --representative op >/dev/null
  "$bin" serve --listen "127.0.0.1:$port" & pid=$!
  for _ in $(seq 100); do curl -fs "$base/readyz" >/dev/null && break; sleep 0.1; done
  python3 benches/purchases/market.py "$base" op@bench.example 0123456789 "$buyers" "$listings" "$work/market.lua"
  MARKET=$work/market.lua RUN=a THREADS=2 wrk -t2 -c"$clients" -d"${seconds}s" --latency -s benches/purchases/order.lua "$base" |
    grep -E '50%|99%|requests in|Non-2xx|Requests/sec'
  kill "$pid" && wait "$pid" || true
  "$bin" check-ledger | tail -n 1
  rm -rf "$work"
}

if [ "${3:-}" = postgres ]; then
  pg=$(ls -d /usr/lib/postgresql/*/bin | sort -t/ -k5 -V | tail -n 1)
  "$pg/psql" -q "$DATABASE_URL" -c 'CREATE DATABASE tpcb' -c 'CREATE DATABASE purchases'
  echo "pgbench, TPC-B-like, scale 10, $clients clients"
  "$pg/pgbench" -q -i -s 10 "${DATABASE_URL%/*}/tpcb" 2>/dev/null
  "$pg/pgbench" -c "$clients" -j 2 -T "$seconds" "${DATABASE_URL%/*}/tpcb" 2>/dev/null | grep -E 'latency|tps'
  echo "purchases on PostgreSQL, $clients clients"
  JANGTEO_DATABASE_URL=${DATABASE_URL%/*}/purchases measure
else
  echo "purchases on SQLite, $clients clients"
  measure
  DURABLE=yes .ci/postgres "$0" "$seconds" "$clients" postgres
fi
