#!/usr/bin/env bash
# Upload of one large file: time beside `sha256sum` + `cp` of the same file, and the server's peak memory.
#
#   cargo build --release && benches/upload.sh [MIB] [ROUNDS]
#
# Rounds are interleaved so that both sides meet the same disk. Needs curl, openssl, python3.
set -euo pipefail
mib=${1:-2048} rounds=${2:-3}
bin=${CARGO_TARGET_DIR:-target}/release/jangteo
work=$(mktemp -d "${TMPDIR:-/tmp}/jangteo-upload.XXXXXX")
trap 'kill "${pid:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
file=$work/line.csv
json() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
now() { date +%s.%N; }
since() { python3 -c 'import sys; print(f"{float(sys.argv[2])-float(sys.argv[1]):.2f}")' "$1" "$2"; }

# Text that looks like machine data and does not compress away.
python3 - "$file" "$mib" <<'PY'
import os, sys
path, mib = sys.argv[1], int(sys.argv[2])
block = ("ts,machine,pressure,temperature\n" +
         "".join(f"2024-06-10 {i//3600%24:02}:{i//60%60:02}:{i%60:02},PRESS-{i%7},{i%977/10},{i%613/7:.3f}\n" for i in range(20000))).encode()
head, body = block.split(b"\n", 1)
with open(path, "wb") as out:
    out.write(head + b"\n")
    while out.tell() < mib << 20:
        out.write(body)
PY

port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
"$bin" serve --data-dir "$work/data" --listen "127.0.0.1:$port" --workers 0 --log warn & pid=$!
base=http://127.0.0.1:$port
for _ in $(seq 100); do curl -fs "$base/readyz" >/dev/null && break; sleep 0.1; done
post() { curl -fs "$base$1" -H 'content-type: application/json' ${token:+-H "authorization: Bearer $token"} -d "$2"; }
post /v1/sign-up '{"organisation":{"name":"bench","business_no":"124-81-00998","representative":"b","size_class":"sme","ksic":"25913","roles":["provider"]},"user":{"email":"b@example.kr","name":"b","password":"0123456789"}}' >/dev/null
token=$(post /v1/login '{"email":"b@example.kr","password":"0123456789"}' | json access_token)
dataset=$(post /v1/datasets '{"title":"bench"}' | json id)
sum=$(openssl dgst -sha256 -binary "$file" | base64)

for round in $(seq "$rounds"); do
  begin=$(now); sha256sum "$file" >/dev/null; middle=$(now); cp "$file" "$work/copy"; end=$(now)
  hash=$(since "$begin" "$middle") copy=$(since "$middle" "$end"); rm "$work/copy"
  version=$(post "/v1/datasets/$dataset/versions" '{"file_name":"line.csv"}' | json id)
  begin=$(now)
  curl -fs -X PUT "$base/v1/versions/$version/content" -H "authorization: Bearer $token" \
    -H "content-digest: sha-256=:$sum:" -T "$file" >/dev/null
  upload=$(since "$begin" "$(now)")
  rm -rf "$work"/data/objects/sha256
  python3 - "$round" "$hash" "$copy" "$upload" <<'PY'
import sys
n, h, c, u = sys.argv[1], *map(float, sys.argv[2:])
print(f"round {n}: sha256sum {h:.2f} s + cp {c:.2f} s = {h+c:.2f} s; upload {u:.2f} s; ratio {u/(h+c):.2f}")
PY
done
awk '/VmHWM/ {printf "server peak memory: %.0f MiB\n", $2/1024}' "/proc/$pid/status"
