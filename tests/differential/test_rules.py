"""Violations against DuckDB's SQL; NaN is spelled out because DuckDB orders it above every number."""

import pytest
from tables import asked


def counted(path, where):
    source = f"read_parquet('{path}', can_have_nan=true)"
    return asked(f"SELECT count(*) FROM {source} WHERE {where}")[0][0]


ROW_BY_ROW = [
    ({"kind": "not_null", "column": "level"}, "level IS NULL OR isnan(level)"),
    ({"kind": "not_null", "column": "label"}, "label IS NULL"),
    ({"kind": "range", "column": "temp", "min": 50, "max": 70}, "temp < 50 OR temp > 70"),
    (
        {"kind": "range", "column": "level", "min": -1, "max": 1},
        "isnan(level) OR level < -1 OR level > 1",
    ),
    ({"kind": "range", "column": "wide", "max": 9007199254740993}, "wide > 9007199254740993"),
    ({"kind": "set", "column": "label", "values": ["양품", "불량"]}, "label NOT IN ('양품', '불량')"),
    ({"kind": "set", "column": "count", "values": list(range(30))}, "count NOT IN (SELECT * FROM range(30))"),
    ({"kind": "regex", "column": "label", "pattern": "^[가-힣]+$"}, "NOT regexp_matches(label, '^[가-힣]+$')"),
]


@pytest.mark.parametrize("check,where", ROW_BY_ROW, ids=lambda x: x["kind"] if isinstance(x, dict) else "")
def test_row_by_row(engine, data, check, where):
    path, _ = data
    assert engine.violations(path, [check]) == [counted(path, where)]


def test_keys(engine, data):
    path, frame = data
    for columns in (["machine", "ts"], ["label", "count"], ["level"]):
        found = engine.violations(path, [{"kind": "unique", "columns": columns}])
        assert found == [frame.height - frame.select(columns).unique().height], columns


def test_order_by_machine(engine, data):
    path, _ = data
    source = f"(SELECT file_row_number r, * FROM read_parquet('{path}', file_row_number=true) WHERE ts IS NOT NULL)"
    over = "OVER (PARTITION BY machine ORDER BY r)"
    late = asked(f"SELECT count(*) FROM (SELECT ts < lag(ts) {over} bad FROM {source}) WHERE bad")[0][0]
    latest = "max(epoch_us(ts)) OVER (PARTITION BY machine ORDER BY r ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    gap = f"SELECT count(*) FROM (SELECT epoch_us(ts) - {latest} > 5000000 bad FROM {source}) WHERE bad"
    found = engine.violations(
        path,
        [
            {"kind": "monotonic", "column": "ts", "group": "machine"},
            {"kind": "max_gap", "column": "ts", "group": "machine", "micros": 5_000_000},
        ],
    )
    assert found == [late, asked(gap)[0][0]]


def test_stuck_runs(engine, data):
    path, frame = data
    longest, wanted = 2, 0
    for machine in frame["machine"].unique(maintain_order=True).drop_nulls():
        run, last = 0, None
        for value in frame.filter(frame["machine"] == machine)["count"]:
            run = run + 1 if value is not None and value == last else (1 if value is not None else 0)
            wanted += run > longest
            last = value
    check = {"kind": "stuck_run", "column": "count", "group": "machine", "rows": longest}
    assert engine.violations(path, [check]) == [wanted]
