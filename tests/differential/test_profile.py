"""Counts, moments, order statistics and distinct values against NumPy, on values of any size."""

import math

import numpy as np
import polars as pl
import pytest
from tables import asked

NUMBERS = ["temp", "level", "count", "wide", "empty", "same"]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(engine, data, name):
    path, frame = data
    found = engine.profile(path)[name]
    column = frame[name]
    values = column.drop_nulls()
    floats = values.cast(pl.Float64).to_numpy()
    finite = floats[np.isfinite(floats)]
    assert found["nulls"] == column.null_count()
    assert found["count"] == len(values)
    assert found["nan"] == int(np.isnan(floats).sum())
    assert found["infinite_positive"] == int((floats == np.inf).sum())
    assert found["infinite_negative"] == int((floats == -np.inf).sum())
    assert found["zeros"] == int((floats == 0).sum())
    assert found["negatives"] == int((finite < 0).sum())
    whole = column.dtype.is_integer()
    exact = values.to_list() if whole else finite.tolist()
    if not exact:
        assert found.get("min") is None and found.get("mean") is None
        return
    assert found["min"] == min(exact) and found["max"] == max(exact)
    assert found["distinct"]["count"] == len(set(exact) | {x for x in floats.tolist() if math.isinf(x)})
    mean = math.fsum(exact) / len(exact) if not whole else sum(exact) / len(exact)
    scale = max(abs(x) for x in exact)
    assert found["mean"] == pytest.approx(mean, rel=1e-12, abs=scale * 1e-15)
    if len(exact) > 1:
        deviation = math.sqrt(math.fsum((x - mean) ** 2 for x in exact) / (len(exact) - 1))
        assert found["std"] == pytest.approx(deviation, rel=1e-9, abs=scale * 1e-12)
    assert found["quantiles"]["method"] == "exact_nearest_rank"
    ranked = sorted(exact)
    for key, q in (("p05", 5), ("p25", 25), ("p50", 50), ("p75", 75), ("p95", 95)):
        assert found["quantiles"][key] == ranked[max(1, -(-q * len(ranked) // 100)) - 1], key


@pytest.mark.parametrize("name", ["machine", "label"])
def test_texts(engine, data, name):
    path, _ = data
    found = engine.profile(path)[name]
    column = f"read_parquet('{path}')"
    rows = asked(f"SELECT {name} v, count(*) n FROM {column} WHERE {name} IS NOT NULL GROUP BY v")
    assert found["distinct"]["count"] == len(rows)
    assert found["nulls"] == asked(f"SELECT count(*) FROM {column} WHERE {name} IS NULL")[0][0]
    wanted = sorted(rows, key=lambda row: (-row[1], row[0].encode()))[:10]
    assert [(top["value"], top["count"]) for top in found.get("top", [])] == wanted


def test_repeated_rows(engine, data):
    path, frame = data
    found = engine.json("profile", path)["duplicate_rows"]["rows"]
    # -0.0 is 0.0 and NaN is NaN for both.
    assert found == frame.height - frame.unique().height
