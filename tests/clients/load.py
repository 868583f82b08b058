"""Loads a bought data set with the official Delta Sharing client, in both of its formats, and with DuckDB and Polars
from the signed links, and prints what each of them saw as one line of JSON.

    load.py PROFILE SHARE ROWS
"""

import io
import json
import pathlib
import sys
import urllib.request

import delta_sharing
import duckdb
import duckdb_extension_httpfs
import polars

profile, share, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = delta_sharing.SharingClient(profile)

assert [one.name for one in client.list_shares()] == [share], client.list_shares()
assert [one.name for one in client.list_schemas(client.list_shares()[0])] == ["data"]
tables = client.list_all_tables()
assert len(tables) == 1, tables
table = f"{profile}#{share}.{tables[0].schema}.{tables[0].name}"

version = delta_sharing.get_table_version(table)
metadata = delta_sharing.get_table_metadata(table)
whole = delta_sharing.load_as_pandas(table)
as_log = delta_sharing.load_as_pandas(table, use_delta_format=True)
some = delta_sharing.load_as_pandas(table, limit=7)
none = delta_sharing.load_as_pandas(table, limit=0)
again = delta_sharing.load_as_pandas(table, version=version)
hint = {
    "op": "greaterThan",
    "children": [
        {"op": "column", "name": "stroke", "valueType": "long"},
        {"op": "literal", "value": "1000000", "valueType": "long"},
    ],
}
missed = delta_sharing.load_as_pandas(table, jsonPredicateHints=json.dumps(hint))

assert len(whole) == len(as_log) == len(again) == rows, (len(whole), len(as_log), len(again))
assert len(some) == 7 and len(none) == 0 and len(missed) == 0, (len(some), len(none), len(missed))
assert list(whole.columns) == list(as_log.columns) == list(none.columns) == list(missed.columns)
assert whole["stroke"].tolist() == as_log["stroke"].tolist() == list(range(rows))
assert (whole["pressure_bar"] == as_log["pressure_bar"]).all()
assert "stroke" in metadata.schema_string

try:
    delta_sharing.load_table_changes_as_pandas(table, starting_version=0)
    raise SystemExit("changes were given")
except Exception as refused:
    assert "cdf is not enabled" in str(refused), refused

# Other readers take the link as it is.
opened = json.load(open(profile))
place = f"{opened['endpoint']}shares/{share}/schemas/data/tables/{tables[0].name}/query"
if "bearerToken" in opened:
    ask = urllib.request.Request(place, b"{}", {"Authorization": f"Bearer {opened['bearerToken']}"})
    lines = [json.loads(line) for line in urllib.request.urlopen(ask)]
    url = lines[2]["file"]["url"]
    extension = next(pathlib.Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension"))
    engine = duckdb.connect()
    engine.execute(f"LOAD '{extension}'")
    found = engine.execute("SELECT count(*), sum(stroke) FROM read_parquet([?])", [url]).fetchone()
    assert found == (rows, rows * (rows - 1) // 2), found
    frame = polars.read_parquet(io.BytesIO(urllib.request.urlopen(url).read()))
    assert frame.height == rows

print(json.dumps({"version": version, "rows": rows, "columns": list(whole.columns)}))
